import type { Digest } from '../posture/digest';
import type { Posture } from '../posture/posture';
import type { EvidenceKind } from '../posture/proof';
import { trustRoot } from './keys';
import { nameOf, paperTwin, requiredProofs, tooMuchForFirst } from './postures';
import type { ProofFact } from './proofs';
import { judgeReturn } from './return-witness';
import type { RecordedEntry } from './simulated-ledger';
import type { WitnessedDecision } from './witnessed-decision';

/** Clocks may disagree by this much, milliseconds. */
const toleranceMs = 61_000;

/**
 * Judges decisions by what really was measured and recorded: 7 (a fall is never refused), and that a rise is never
 * allowed without all that it needs. Gives the reasons why a decision is wrong; none when it is right.
 */
export function judgeDecision(decision: WitnessedDecision, facts: ReadonlyMap<Digest, ProofFact>): string[] {
  const { to, allowed, grounds } = decision;
  const history = replay(decision.entries);
  const unknown = grounds === 'no ledger' || grounds === 'no trust root';
  const from = unknown ? null : decision.mayHaveLapsed ? decision.from : history.standing;
  const rises = requiredProofs(from, to);
  if (rises.length === 0) return allowed ? [] : [`7: a fall was refused with ${grounds}`];
  if (!allowed) return [];
  const wrong: string[] = [];
  if (grounds !== 'readable') wrong.push(`a rise was allowed with ${grounds}`);
  if (history.openHalts > 0) wrong.push('a rise was allowed while a halt was open');
  if (decision.wallMs < history.newestTime - toleranceMs) wrong.push('a rise was allowed by a clock that stepped back');
  if (from !== null && !isSame(from, history.standing))
    wrong.push('a rise was allowed from a posture that no grant stands for');
  if (from === null) {
    const excess = tooMuchForFirst(to);
    if (excess) wrong.push(`${excess} went live from paper`);
  } else if (rises.length > 1) wrong.push(`${rises.length} rises at once were allowed`);
  if (decision.isReturn) return [...wrong.map((text) => `4: ${text}`), ...judgeReturn(decision, facts)];
  const found = decision.evidence.map((digest) => ({ digest, fact: facts.get(digest) }));
  const needed = new Set(rises.flat());
  const judged = { ...history, from, needsWatch: needed.has('watch') };
  for (const kind of needed) {
    const one = found.find(({ fact }) => fact?.kind === kind);
    const flaw = one?.fact ? flawOf(one.fact, kind, decision, judged, facts) : 'is missing';
    if (flaw) wrong.push(`a rise was allowed though its ${kind} ${flaw}`);
  }
  for (const digest of decision.evidence)
    if (history.consumed.has(digest)) wrong.push(`a rise was allowed by evidence of an earlier grant`);
  return wrong.map((text) => `4: ${text}`);
}

const isSame = (one: Posture | null, other: Posture | null) =>
  one === other || (one !== null && other !== null && nameOf(one) === nameOf(other));

interface Replayed {
  readonly standing: Posture | null;
  readonly grantedAt: number;
  readonly openHalts: number;
  readonly consumed: ReadonlySet<Digest>;
  readonly newestTime: number;
  readonly head: Digest | undefined;
}

/** What entries say, without the code that reads ledgers: after a halt nothing stands, closed or not. */
function replay(entries: readonly RecordedEntry[]): Replayed {
  let standing: Posture | null = null;
  let grantedAt = 0;
  const halts = new Set<Digest>();
  const consumed = new Set<Digest>();
  for (const { at, entry } of entries) {
    if (entry.kind === 'grant') {
      standing = entry.body.posture;
      grantedAt = entry.time;
      for (const digest of entry.body.evidence) consumed.add(digest);
    }
    if (entry.kind === 'end' || entry.kind === 'halt') standing = null;
    if (entry.kind === 'halt') halts.add(at.head);
    if (entry.kind === 'incident') for (const closed of entry.body.closes) halts.delete(closed);
  }
  const newest = entries.at(-1);
  return {
    standing,
    grantedAt,
    openHalts: halts.size,
    consumed,
    newestTime: newest?.entry.time ?? 0,
    head: newest?.at.head,
  };
}

/** What a transition is judged by. */
type Judged = Replayed & { readonly from: Posture | null; readonly needsWatch: boolean };

/** When a sampling began by its own account, milliseconds. */
const beganAt = ({ measuredAt, madeAt, sampledFrom }: ProofFact) => measuredAt - (madeAt - sampledFrom);

function flawOf(
  fact: ProofFact,
  kind: EvidenceKind,
  { to, evidence, wallMs, trueMs, clocksAgree }: WitnessedDecision,
  { from, head, newestTime, grantedAt, needsWatch }: Judged,
  facts: ReadonlyMap<Digest, ProofFact>,
): string | undefined {
  if (!fact.passed) return 'failed';
  if (!isSame(fact.target, to)) return 'was for another target';
  const ofStanding =
    kind === 'watch' || kind === 'soak' || (from !== null && (kind === 'preflight' || kind === 'snapshot'));
  const subject = kind === 'approval' || ofStanding ? from : paperTwin(to);
  if (!isSame(fact.subject, subject)) return 'was of another posture';
  const freshMs = trustRoot.freshSeconds[kind] * 1000;
  if (Math.max(wallMs, newestTime) - fact.measuredAt > freshMs + 1) return 'was too old by the clock';
  if (clocksAgree && trueMs - fact.madeAt > freshMs + 50) return 'was too old';
  if (fact.measuredAt > Math.max(wallMs, newestTime) + toleranceMs) return 'was from the future';
  if (kind === 'watch' || kind === 'soak') {
    if (fact.closedTrades === 0) return 'saw no closed trade';
    if (fact.sampledSeconds < trustRoot.sampleSeconds[kind]) return 'was too short';
    if (clocksAgree && beganAt(fact) < grantedAt - 1) return 'began before the grant';
    const isOver = (one: ProofFact) =>
      one.kind === 'watch' && one.passed && one.measuredAt <= beganAt(fact) + 1 && isSame(one.target, to);
    if (kind === 'soak' && needsWatch && ![...facts.values()].some(isOver)) return 'began before a watch was over';
  }
  if (kind !== 'approval') return undefined;
  if (Math.max(wallMs, newestTime) >= (fact.expiresAt ?? 0)) return 'had expired';
  if (fact.head !== head) return 'was given on another head of the ledger';
  const others = evidence.filter((digest) => facts.get(digest)?.kind !== 'approval');
  if (others.some((digest) => !fact.covers?.includes(digest))) return 'was given without all evidence';
  if (others.some((digest) => facts.get(digest)?.signer === fact.signer)) return 'was by who measured';
  return undefined;
}
