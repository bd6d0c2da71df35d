import { type Digest, digestOf, rememberDigest } from './digest';
import { digestPosture, type Posture } from './posture';
import type { Evidence, EvidenceKind, LedgerView, RejectedEvidence, TrustRoot } from './proof';

/** Clocks may disagree by this much before it counts, milliseconds. */
export const clockToleranceMs = 60_000;

/** What a kind of evidence is held against. Times in milliseconds since the epoch. */
export interface ProofContext {
  readonly from: Posture | null;
  readonly to: Posture;
  readonly evidence: readonly Evidence[];
  readonly rejected: readonly RejectedEvidence[];
  readonly ledger: LedgerView & { readable: true };
  readonly trustRoot: TrustRoot;
  readonly now: number;
}

/** Why a kind of proof does not count. */
export interface Flaw {
  readonly code: string;
  readonly reason: string;
  readonly name?: string;
}

/**
 * Finds the evidence of one kind that counts for a transition, the newest first; never none. Whatever is not newer than
 * the newest fail is defeated by it. Of several passes it is the approval that says which it was given for: so one more
 * that is good never takes away what was proved.
 */
export function judgeKind(kind: Exclude<EvidenceKind, 'approval'>, context: ProofContext): readonly Evidence[] | Flaw {
  const expected = expectedOf(kind, context);
  const candidates = context.evidence
    .filter((one) => one.kind === kind && describeMismatch(one, expected) === undefined)
    .sort(newestFirst);
  const [newest] = candidates;
  if (!newest) return describeAbsence(kind, context, expected);
  const fail = candidates.findIndex(({ passed }) => !passed);
  const undefeated = fail < 0 ? candidates : candidates.slice(0, fail);
  const counting = undefeated.filter((one) => findFlaw(one, context) === undefined);
  return counting.length > 0 ? counting : { ...findFlaw(newest, context)!, name: newest.name };
}

/**
 * What stands against each evidence of a kind by itself, the newest first, for whoever explains a decision: that a newer
 * fail defeats it is not said here. Of the same words as `judgeKind`, which it does not change.
 */
export function judgeEach(
  kind: Exclude<EvidenceKind, 'approval'>,
  context: ProofContext,
): { readonly one: Evidence; readonly flaw: Flaw | undefined }[] {
  const expected = expectedOf(kind, context);
  const judge = (one: Evidence): Flaw | undefined => {
    const mismatch = describeMismatch(one, expected);
    return mismatch ? { code: mismatch[0], reason: `${kind} ${mismatch[1]}` } : findFlaw(one, context);
  };
  return context.evidence
    .filter((one) => one.kind === kind)
    .sort(newestFirst)
    .map((one) => ({ one, flaw: judge(one) }));
}

/** Of two that were measured at the same moment the fail is looked at. */
export const newestFirst = (one: Evidence, other: Evidence): number =>
  other.measuredAt - one.measuredAt || Number(one.passed) - Number(other.passed);

/** The part of a posture that a drill shares with the target: a drill has its own account, stack and folders. */
export const digestDrillPart = rememberDigest(({ account: _, stack: __, settings: ___, ...shared }: Posture) =>
  digestOf(shared),
);

/** The digest of a posture as it is in paper: the two differ only in mode. */
const digestInPaper = rememberDigest((posture: Posture) => digestPosture({ ...posture, tradingMode: 'paper' }));

/** The posture that must have been measured. */
export function expectedMeasured(kind: EvidenceKind, from: Posture | null, to: Posture): Digest | null {
  if (kind === 'watch' || kind === 'soak' || kind === 'approval') return from && digestPosture(from);
  if (kind === 'drill') return digestDrillPart(to);
  // Under live, what is fit to be changed is what runs; nothing else can be looked at there.
  if ((kind === 'preflight' || kind === 'snapshot') && from?.tradingMode === 'live') return digestPosture(from);
  // Towards live a measurement is made in paper.
  return digestInPaper(to);
}

/** What evidence of one kind must say to be about a transition. */
interface Expected extends Pick<Posture, 'stack' | 'account'> {
  readonly target: Digest;
  readonly measured: Digest | null;
}

function expectedOf(kind: EvidenceKind, { from, to }: ProofContext): Expected {
  const { stack, account } = to;
  return { stack, account, target: digestPosture(to), measured: expectedMeasured(kind, from, to) };
}

type Account = Posture['account'];

export const isSameAccount = (one: Account, other: Account): boolean =>
  one.venue === other.venue && one.id === other.id;

/** Why an evidence is about something else, or undefined if it is about this transition. */
function describeMismatch(one: Evidence, expected: Expected): [code: string, reason: string] | undefined {
  const { stack, account, target, measured } = expected;
  if (one.stack !== stack) return ['other_stack', `is for stack ${one.stack}`];
  if (!isSameAccount(one.account, account)) return ['other_account', `is for account ${one.account.id}`];
  if (one.target !== target) return ['other_target', 'is for another target posture'];
  if (one.measured !== measured) return ['other_posture', 'measured another posture'];
  return undefined;
}

function describeAbsence(kind: EvidenceKind, context: ProofContext, expected: Expected): Flaw {
  const near = context.evidence
    .filter((one) => one.kind === kind)
    .sort((one, other) => other.measuredAt - one.measuredAt)[0];
  const mismatch = near && describeMismatch(near, expected);
  if (near && mismatch) return { code: mismatch[0], reason: `${kind} ${mismatch[1]}`, name: near.name };
  const broken = context.rejected.find(({ name }) => name.includes(kind));
  if (broken) return { code: broken.code, reason: `${kind} does not count: ${broken.reason}`, name: broken.name };
  return { code: 'missing', reason: `there is no ${kind}` };
}

function findFlaw(one: Evidence, { to, ledger, trustRoot, now }: ProofContext): Flaw | undefined {
  const age = (now - one.measuredAt) / 1000;
  const fresh = trustRoot.freshSeconds[one.kind];
  const closes = findMissingCloses(one);
  // A sampling that failed for its closed trades says so.
  if (closes) return closes;
  if (!one.passed) return { code: 'failed', reason: `the newest ${one.kind} failed` };
  if (one.measuredAt > now + clockToleranceMs)
    return { code: 'future_dated', reason: `${one.kind} is dated in the future` };
  if (age > fresh)
    return { code: 'expired', reason: `${one.kind} is ${Math.floor(age)} s old, at most ${fresh} s count` };
  if (ledger.consumed.has(one.digest))
    return { code: 'already_used', reason: `${one.kind} was used for an earlier grant` };
  return findLaxity(one, to) ?? findWideMargin(one, trustRoot) ?? findShortSample(one, ledger, trustRoot);
}

/** How much worse than its baseline a canary may be is the trust root's to say, not that of who measured. */
function findWideMargin(one: Evidence, { canaryMargin }: TrustRoot): Flaw | undefined {
  if (one.kind !== 'canary' || (one.margin ?? Number.POSITIVE_INFINITY) <= canaryMargin) return undefined;
  return {
    code: 'wide_margin',
    reason: `the canary was judged with a margin of ${one.margin ?? 'nobody knows what'}, at most ${canaryMargin} counts`,
  };
}

/** For any venue but the simulated one, only real time on the venue's own prices counts. */
function findLaxity(one: Evidence, to: Posture): Flaw | undefined {
  if (to.account.venue === 'simulated') return undefined;
  if (one.timeScale !== 1)
    return { code: 'scaled_clock', reason: `${one.kind} was made on a clock scaled by ${one.timeScale}` };
  if (one.feed !== 'venue') return { code: 'simulated_feed', reason: `${one.kind} was made on the ${one.feed} feed` };
  if (one.kind === 'canary' && !((one.dataFrom ?? 0) > (one.trainedUntil ?? Number.POSITIVE_INFINITY))) {
    return { code: 'trained_on', reason: "the canary's data is not newer than the model's training window" };
  }
  return undefined;
}

/** A sampling that saw no closed trade has seen the strategy do nothing; this many count at the least. */
const fewestCloses = 1;

/** Closed trades must have been found in the record that was declared, as many as were declared. */
function findMissingCloses({ kind, closes }: Evidence): Flaw | undefined {
  if (kind !== 'watch' && kind !== 'soak') return undefined;
  const { source, expectedSource, count, minimum } = closes ?? { source: 'none', count: 0, minimum: 0 };
  if (source !== expectedSource) {
    const expected = expectedSource ?? 'a record that is declared';
    return { code: 'closes_source', reason: `${kind} found its closed trades in ${source}, expected in ${expected}` };
  }
  const needed = Math.max(minimum, fewestCloses);
  if (count >= needed) return undefined;
  return {
    code: 'too_few_closes',
    reason: `${kind} saw ${count} closed trades in ${source}, at least ${needed} count`,
  };
}

function findShortSample(
  one: Evidence,
  ledger: LedgerView & { readable: true },
  trustRoot: TrustRoot,
): Flaw | undefined {
  if (one.kind !== 'watch' && one.kind !== 'soak') return undefined;
  const needed = trustRoot.sampleSeconds[one.kind];
  if (!((one.sampledSeconds ?? 0) >= needed)) {
    return {
      code: 'too_short',
      reason: `${one.kind} sampled ${one.sampledSeconds ?? 0} s, at least ${needed} s count`,
    };
  }
  // Any change of posture resets the clock: the sampling must have begun after the grant that stands.
  const began = one.measuredAt - ((one.sampledSeconds ?? 0) / one.timeScale) * 1000;
  if (!ledger.standing || began < ledger.standing.grantedAt) {
    return { code: 'before_grant', reason: `${one.kind} began before the posture that stands was granted` };
  }
  return undefined;
}
