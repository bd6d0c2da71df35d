import type { EvidenceKind } from '../../../posture/proof';
import { signerOf } from '../../../posture/proof';
import type { Point } from '../model/point';
import { isSame, type Proof, subjectOf } from '../model/proof';
import { freshSeconds, needsOf, sampleSeconds, widestMargin } from '../model/rules';
import { look, type State } from '../model/state';
import type { System } from '../system/system';
import { pass } from './step';

/** What is different; nothing where the proof is not of a kind that it concerns. */
type Change = (proof: Proof, state: State) => Partial<Proof>;

const of =
  (kinds: readonly EvidenceKind[], change: Change): Change =>
  (proof, state) =>
    kinds.includes(proof.kind) ? change(proof, state) : {};
const ofSampling = (change: Change) => of(['watch', 'soak'], change);

/** An approval changed in what it approves. */
const approving =
  (change: (approves: NonNullable<Proof['approves']>, state: State) => Partial<Proof['approves']>): Change =>
  ({ approves }, state) =>
    approves ? { approves: { ...approves, ...change(approves, state) } } : {};

const older =
  (overSeconds: number): Change =>
  ({ kind, measuredAt }) => ({ measuredAt: measuredAt - freshSeconds[kind] * 1000 - overSeconds * 1000 });

/** A sampling that began so much before what stands was granted; seconds, on a clock that divides them evenly. */
const begunBefore = (seconds: number): Change =>
  ofSampling(({ measuredAt, timeScale }, state) => {
    const granted = look(state)?.standing?.grantedAt ?? state.now;
    return { sampledSeconds: Math.max(0, (measuredAt - granted) / 1000 + seconds) * timeScale };
  });

/** What may be different with one proof; most of it, but not all, is a flaw. */
export const changes = {
  failed: () => ({ passed: false }),
  justFresh: older(0),
  stale: older(0.001),
  staleBySecond: older(1),
  justNotFuture: ({ measuredAt }) => ({ measuredAt: measuredAt + 60_000 }),
  future: ({ measuredAt }) => ({ measuredAt: measuredAt + 60_001 }),
  otherTarget: ({ target }) => ({ target: { ...target, model: target.model + 1 } }),
  otherSubject: ({ subject }) => ({ subject: { ...subject, backend: subject.backend + 1 } }),
  otherStack: () => ({ ownStack: false }),
  otherAccount: () => ({ ownAccount: false }),
  coSigned: of(['preflight', 'snapshot', 'canary', 'watch', 'soak', 'drill'], () => ({ coSigned: true })),
  byApprover: () => ({ signer: 'approver' }),
  byMeasure: () => ({ signer: 'measure' }),
  byGuardian: () => ({ signer: 'guardian' }),
  byOutsider: () => ({ signer: 'outsider' }),
  embeddedFeed: () => ({ feed: 'embedded' }),
  scaledClock: () => ({ timeScale: 120 }),
  wideMargin: of(['canary'], () => ({ margin: widestMargin * 1.5 })),
  trainedOn: of(['canary'], () => ({ trainedOn: true })),
  shortSample: ofSampling(({ sampledSeconds }) => ({ sampledSeconds: sampledSeconds - 1 })),
  sinceGrant: begunBefore(0),
  beforeGrant: begunBefore(1),
  // The soak begins a second before the watch is over, and not a second after it.
  besideWatch: of(['soak'], ({ sampledSeconds, timeScale }) => ({ sampledSeconds: sampledSeconds + 2 * timeScale })),
  noCloses: ofSampling(() => ({ closes: 0 })),
  fromPaper: approving(() => ({ from: null })),
  otherHead: approving(({ head }) => ({ head: (head ?? 1) - 1 })),
  withoutOne: approving(({ evidence }) => ({ evidence: evidence.slice(1) })),
  expired: approving((_approves, { now }) => ({ expiresAt: now })),
  expiresSoon: approving((_approves, { now }) => ({ expiresAt: now + 1_000 })),
} as const satisfies Record<string, Change>;
export type ChangeName = keyof typeof changes;

/** How a change of risk is proved. */
export interface Proving {
  /** All that it needs, an approval of what lies there, or nothing. */
  readonly made: 'all' | 'approval' | 'nothing';
  /** The kind, by its number, that is left out; or is different in some way. */
  readonly on: number;
  readonly missing: boolean;
  readonly change: ChangeName | null;
  /** A second one of that kind that failed, made so many seconds later; null for none. */
  readonly failedLater: number | null;
}

/** Measures, signs and approves a change of posture, and tells the model. */
export function prove(state: State, system: System, to: Point, proving: Proving): void {
  const { made, on, missing, change, failedLater } = proving;
  const from = look(state)?.standing?.point ?? null;
  const needs = needsOf(from, to);
  if (made === 'nothing' || needs.length === 0) return;
  const isConcerned = (kind: EvidenceKind) =>
    change === null || Object.keys(changes[change](plainProof(kind, state, from, to, []), state)).length > 0;
  const concerned = needs.filter(isConcerned);
  const odd = concerned[on % concerned.length];
  const shown = made === 'all' ? [] : lyingThere(state, to, needs);
  for (const kind of needs) {
    const isOdd = kind === odd;
    if ((made === 'approval' && kind !== 'approval') || (isOdd && missing)) continue;
    // One after the other, as long as each takes.
    if (kind === 'watch' || kind === 'soak') pass(state, system, sampleSeconds[kind] / scaleOf(state) + 1, true);
    const plain = plainProof(kind, state, from, to, shown);
    const proof = isOdd && change ? { ...plain, ...changes[change](plain, state) } : plain;
    add(state, system, proof);
    if (kind !== 'approval') shown.push(proof.id);
    if (isOdd && failedLater !== null) {
      const measuredAt = proof.measuredAt + failedLater * 1000;
      add(state, system, { ...proof, id: state.proofs.length, passed: false, measuredAt });
    }
  }
}

/** What is there already for this target: an approver is shown the newest of each kind. */
function lyingThere({ proofs }: State, to: Point, needs: readonly EvidenceKind[]): number[] {
  const kinds = needs.filter((kind) => kind !== 'approval');
  const newest = kinds.map((kind) => proofs.findLast((proof) => proof.kind === kind && isSame(proof.target, to)));
  return newest.flatMap((proof) => proof?.id ?? []);
}

/** A real venue has no clock but the one of its own. */
const scaleOf = ({ venue }: State) => (venue === 'simulated' ? 60 : 1);

function plainProof(kind: EvidenceKind, state: State, from: Point | null, to: Point, shown: readonly number[]): Proof {
  const isSampling = kind === 'watch' || kind === 'soak';
  return {
    id: state.proofs.length,
    kind,
    signer: signerOf[kind],
    coSigned: false,
    ownStack: true,
    ownAccount: true,
    subject: subjectOf(kind, from, to) ?? to,
    target: to,
    passed: true,
    measuredAt: state.now,
    feed: state.venue === 'simulated' ? 'embedded' : 'venue',
    timeScale: scaleOf(state),
    margin: widestMargin,
    trainedOn: false,
    sampledSeconds: isSampling ? sampleSeconds[kind] : 0,
    closes: 3,
    ...(kind === 'approval'
      ? { approves: { from, head: look(state) && state.held, evidence: [...shown], expiresAt: state.now + 600_000 } }
      : {}),
  };
}

function add(state: State, system: System, proof: Proof): void {
  const name = system.store(proof);
  state.proofs.push(proof);
  const bytes =
    proof.signer === signerOf[proof.kind] ? 'counting' : proof.signer === 'outsider' ? 'strange' : 'rejected';
  state.files.set(name, { proof: proof.id, bytes });
}
