import type { EvidenceKind } from '../../../posture/proof';
import type { Point } from './point';
import { isSame, type Proof, subjectOf } from './proof';
import { mayReturn } from './returns';
import {
  capOfLimit,
  firstAgents,
  freshSeconds,
  needsOf,
  risesOf,
  sampleSeconds,
  toleranceMs,
  widestMargin,
} from './rules';
import { isForeignPair, look, type Sight, type State } from './state';

/** What the rules say of a posture that is asked for. */
export interface Verdict {
  readonly allowed: boolean;
  /** What stands against it whatever is proved, sorted. */
  readonly grounds: readonly Ground[];
  /** The kinds that are not proved, sorted. */
  readonly unproved: readonly EvidenceKind[];
  /** Whether it is allowed as a return alone. */
  readonly isReturn?: true;
  /** What a grant may consume, by kind: one of each, and of the approvals the newest that counts. */
  readonly counting: ReadonlyMap<EvidenceKind, readonly Proof[]>;
}

export type Ground = 'ledger' | 'halt' | 'clock' | 'trust' | 'rises' | 'agents' | 'cap';

const none: Verdict = { allowed: true, grounds: [], unproved: [], counting: new Map() };

/** Judges what is asked for, by everything that was signed, told and altered so far. */
export function judge(state: State, to: Point): Verdict {
  const sight = look(state);
  const from = sight?.standing?.point ?? null;
  const rises = risesOf(from, to);
  if (rises.length === 0) return none;
  const needs = needsOf(from, to);
  const grounds = groundsOf(state, sight, to, rises.length);
  const counting = new Map<EvidenceKind, readonly Proof[]>();
  if (sight) {
    for (const kind of needs.filter((one) => one !== 'approval')) {
      const found = countingOf(kind, state, sight, to);
      const inOrder = kind === 'soak' ? afterWatch(found, counting.get('watch')) : found;
      if (inOrder.length > 0) counting.set(kind, inOrder);
    }
    const approvals = approvalsOf(state, sight, to, [...counting.values()]);
    if (approvals.length > 0) counting.set('approval', approvals);
  }
  const unproved = needs.filter((kind) => !counting.has(kind)).sort();
  if (unproved.length > 0 && grounds.length === 0 && sight && mayReturn(state, sight, to))
    return { ...none, isReturn: true };
  return { allowed: grounds.length + unproved.length === 0, grounds, unproved, counting };
}

function groundsOf(state: State, sight: Sight | null, to: Point, rises: number): Ground[] {
  const { trust, now } = state;
  const fromPaper = sight?.standing == null;
  const found: [boolean, Ground][] = [
    [sight === null && !isForeignPair(state), 'ledger'],
    [(sight?.halts.length ?? 0) > 0, 'halt'],
    [sight !== null && now < sight.newest - toleranceMs, 'clock'],
    [trust === 'unusable' || trust === 'other', 'trust'],
    [!fromPaper && rises > 1, 'rises'],
    [fromPaper && to.agents > firstAgents, 'agents'],
    // Without a trust root nobody knows the caps.
    [fromPaper && trust !== 'unusable' && to.limit > capOfLimit, 'cap'],
  ];
  return found
    .filter(([against]) => against)
    .map(([, ground]) => ground)
    .sort();
}

/** The proofs that lie in the folder whole, signed by whose word they are. */
function present({ files, proofs }: State, kind: EvidenceKind): Proof[] {
  const ids = new Set([...files.values()].filter(({ bytes }) => bytes === 'counting').map(({ proof }) => proof));
  return proofs.filter((proof) => proof.kind === kind && ids.has(proof.id));
}

/** By this time things are as old as they are: no clock that was set back makes anything younger. */
const timeOf = ({ now }: State, { newest }: Sight) => Math.max(now, newest);

function countingOf(kind: EvidenceKind, state: State, sight: Sight, to: Point): Proof[] {
  const subject = subjectOf(kind, sight.standing?.point ?? null, to);
  const about = present(state, kind).filter(
    (proof) => proof.ownStack && proof.ownAccount && isSame(proof.target, to) && isSame(proof.subject, subject),
  );
  const failedAt = Math.max(...about.filter(({ passed }) => !passed).map(({ measuredAt }) => measuredAt));
  return about.filter((proof) => proof.measuredAt > failedAt && isGood(proof, state, sight));
}

function isGood(proof: Proof, state: State, sight: Sight): boolean {
  const age = timeOf(state, sight) - proof.measuredAt;
  const strict = state.venue !== 'simulated';
  const { kind } = proof;
  return (
    proof.passed &&
    age >= -toleranceMs &&
    age <= freshSeconds[kind] * 1000 &&
    !sight.consumed.has(proof.id) &&
    !(strict && (proof.feed !== 'venue' || proof.timeScale !== 1)) &&
    (kind !== 'canary' || (proof.margin <= widestMargin && !(strict && proof.trainedOn))) &&
    ((kind !== 'watch' && kind !== 'soak') || isLongEnough(kind, proof, sight))
  );
}

function isLongEnough(kind: 'watch' | 'soak', proof: Proof, { standing }: Sight): boolean {
  if (standing === null || proof.closes < 1 || proof.sampledSeconds < sampleSeconds[kind]) return false;
  return beganAt(proof) >= standing.grantedAt;
}

/** When it began, in milliseconds: it is dated at its end. */
const beganAt = ({ measuredAt, sampledSeconds, timeScale }: Proof) => measuredAt - (sampledSeconds / timeScale) * 1000;

/** The soaks that began when a watch that counts was over; all of them where none counts, which is said of the watch. */
function afterWatch(soaks: readonly Proof[], watches: readonly Proof[] = []): readonly Proof[] {
  return watches.length === 0
    ? soaks
    : soaks.filter((soak) => watches.some(({ measuredAt }) => measuredAt <= beganAt(soak)));
}

/** Whether an approval names one of these, and the newest of those is no other's that the approver has signed as well. */
function isSeen(kind: readonly Proof[], evidence: readonly number[]): boolean {
  const named = kind.filter(({ id }) => evidence.includes(id));
  const newest = Math.max(...named.map(({ measuredAt }) => measuredAt));
  return named.some(({ measuredAt, coSigned }) => measuredAt === newest && !coSigned);
}

/** The approvals that count, the newest first; none where a no is as new as the newest of them. */
function approvalsOf(state: State, sight: Sight, to: Point, counting: readonly (readonly Proof[])[]): Proof[] {
  const from = sight.standing?.point ?? null;
  const about = present(state, 'approval').filter(
    ({ ownStack, ownAccount, approves, target }) =>
      ownStack && ownAccount && isSame(approves!.from, from) && isSame(target, to),
  );
  const time = timeOf(state, sight);
  const good = about.filter(
    ({ id, passed, measuredAt, approves }) =>
      passed &&
      approves!.head === state.held &&
      counting.every((kind) => isSeen(kind, approves!.evidence)) &&
      measuredAt <= time + toleranceMs &&
      time < approves!.expiresAt &&
      time < measuredAt + freshSeconds.approval * 1000 &&
      !sight.consumed.has(id),
  );
  const newest = Math.max(...good.map(({ measuredAt }) => measuredAt));
  if (about.some(({ passed, measuredAt }) => !passed && measuredAt >= newest)) return [];
  return good.filter(({ measuredAt }) => measuredAt === newest);
}
