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

/** What of one kind counts, the newest first and never none; or everything that is wrong with the newest of it. */
export type JudgedKind = { readonly counting: readonly Evidence[] } | { readonly flaws: readonly Flaw[] };

/**
 * Finds the evidence of one kind that counts for a transition. Whatever is not newer than the newest fail is defeated by
 * it. Of several passes it is the approval that says which it was given for: so one more that is good never takes away
 * what was proved.
 */
export function judgeKind(kind: Exclude<EvidenceKind, 'approval'>, context: ProofContext): JudgedKind {
  const expected = expectedOf(kind, context);
  const candidates = context.evidence
    .filter((one) => one.kind === kind && describeMismatch(one, expected) === undefined)
    .sort(newestFirst);
  const [newest] = candidates;
  if (!newest) return { flaws: [describeAbsence(kind, context, expected)] };
  const fail = candidates.findIndex(({ passed }) => !passed);
  const undefeated = fail < 0 ? candidates : candidates.slice(0, fail);
  const counting = undefeated.filter((one) => findFlaws(one, context).length === 0);
  if (counting.length > 0) return { counting };
  return { flaws: findFlaws(newest, context).map((flaw) => ({ ...flaw, name: newest.name })) };
}

/**
 * What stands against each evidence of a kind by itself, the newest first, for whoever explains a decision: that a newer
 * fail defeats it is not said here. Of the same words as `judgeKind`, which it does not change.
 */
export function judgeEach(
  kind: Exclude<EvidenceKind, 'approval'>,
  context: ProofContext,
): { readonly one: Evidence; readonly flaws: readonly Flaw[] }[] {
  const expected = expectedOf(kind, context);
  const judge = (one: Evidence): Flaw[] => {
    const mismatch = describeMismatch(one, expected);
    return mismatch ? [{ code: mismatch[0], reason: `${kind} ${mismatch[1]}` }] : findFlaws(one, context);
  };
  return context.evidence
    .filter((one) => one.kind === kind)
    .sort(newestFirst)
    .map((one) => ({ one, flaws: judge(one) }));
}

/** Of two that were measured at the same moment the fail is looked at. */
export const newestFirst = (one: Evidence, other: Evidence): number =>
  other.measuredAt - one.measuredAt || Number(one.passed) - Number(other.passed);

/** The part of a posture that a drill shares with the target: a drill has its own account, stack and folders. */
export const digestDrillPart = rememberDigest(({ account: _, stack: __, settings: ___, ...shared }: Posture) =>
  digestOf(shared),
);

/** The digest of a posture as it is in paper: the two differ only in mode. */
export const digestInPaper = rememberDigest((posture: Posture) => digestPosture({ ...posture, tradingMode: 'paper' }));

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

/** Everything that is wrong with an evidence that is about this transition. */
function findFlaws(one: Evidence, context: ProofContext): Flaw[] {
  const closes = findMissingCloses(one);
  return [
    // A sampling that failed for its closed trades says so.
    ...(closes ? [closes] : one.passed ? [] : [{ code: 'failed', reason: `the newest ${one.kind} failed` }]),
    ...findAge(one, context),
    ...findLaxity(one, context.to),
    ...findWideMargin(one, context.trustRoot),
    ...findShortSample(one, context),
  ];
}

/** Freshness is judged at one time, that of the decision. Written so that times that are no numbers do not pass. */
function findAge(one: Evidence, { ledger, trustRoot, now }: ProofContext): Flaw[] {
  const { kind, measuredAt, digest } = one;
  const flaws: Flaw[] = [];
  if (measuredAt > now + clockToleranceMs)
    flaws.push({ code: 'future_dated', reason: `${kind} is dated in the future` });
  const age = (now - measuredAt) / 1000;
  const fresh = trustRoot.freshSeconds[kind];
  if (!(age <= fresh))
    flaws.push({ code: 'expired', reason: `${kind} is ${Math.floor(age)} s old, at most ${fresh} s count` });
  if (ledger.consumed.has(digest))
    flaws.push({ code: 'already_used', reason: `${kind} was used for an earlier grant` });
  return flaws;
}

/** How much worse than its baseline a canary may be is the trust root's to say, not that of who measured. */
function findWideMargin(one: Evidence, { canaryMargin }: TrustRoot): Flaw[] {
  if (one.kind !== 'canary' || (one.margin ?? Number.POSITIVE_INFINITY) <= canaryMargin) return [];
  const margin = one.margin ?? 'nobody knows what';
  const reason = `the canary was judged with a margin of ${margin}, at most ${canaryMargin} counts`;
  return [{ code: 'wide_margin', reason }];
}

/** For any venue but the simulated one, only real time on the venue's own prices counts. */
function findLaxity({ kind, timeScale, feed, dataFrom, trainedUntil }: Evidence, to: Posture): Flaw[] {
  if (to.account.venue === 'simulated') return [];
  const flaws: Flaw[] = [];
  if (timeScale !== 1)
    flaws.push({ code: 'scaled_clock', reason: `${kind} was made on a clock scaled by ${timeScale}` });
  if (feed !== 'venue') flaws.push({ code: 'simulated_feed', reason: `${kind} was made on the ${feed} feed` });
  if (kind === 'canary' && !((dataFrom ?? 0) > (trainedUntil ?? Number.POSITIVE_INFINITY)))
    flaws.push({ code: 'trained_on', reason: "the canary's data is not newer than the model's training window" });
  return flaws;
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

/** When a sampling began, milliseconds since the epoch: it is dated at its end, and may have run on a scaled clock. */
export function beganAt({ measuredAt, sampledSeconds, timeScale }: Evidence): number {
  return measuredAt - ((sampledSeconds ?? 0) / timeScale) * 1000;
}

function findShortSample(one: Evidence, { ledger, trustRoot }: ProofContext): Flaw[] {
  const { kind, sampledSeconds = 0 } = one;
  if (kind !== 'watch' && kind !== 'soak') return [];
  const flaws: Flaw[] = [];
  const needed = trustRoot.sampleSeconds[kind];
  if (!(sampledSeconds >= needed))
    flaws.push({ code: 'too_short', reason: `${kind} sampled ${sampledSeconds} s, at least ${needed} s count` });
  // Any change of posture resets the clock: the sampling must have begun after the grant that stands.
  if (!ledger.standing || !(beganAt(one) >= ledger.standing.grantedAt))
    flaws.push({ code: 'before_grant', reason: `${kind} began before the posture that stands was granted` });
  return flaws;
}
