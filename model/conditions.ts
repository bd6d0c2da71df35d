import { type Digest, digestBytes } from '../posture/digest';
import { digestTransition } from '../posture/judge-approval';
import { expectedMeasured } from '../posture/judge-evidence';
import { digestPosture, type Posture } from '../posture/posture';
import { type Evidence, type EvidenceKind, type LedgerView, signerOf, type TrustRoot } from '../posture/proof';
import { limits, venues } from './domain';

/** In what state one evidence is while all others are good; `overlapping` is a soak that began before the watch was over. */
export const states = ['good', 'absent', 'stale', 'foreign', 'consumed', 'overlapping'] as const;
export type State = (typeof states)[number];
export const kinds = Object.keys(signerOf) as EvidenceKind[];

/** What a transition is judged under. */
export interface Condition {
  /** The evidence that is not good; null where all are. */
  readonly flawed: EvidenceKind | null;
  readonly state: State;
  readonly halted: boolean;
}

/** Every condition: all evidence good, or one at a time in each other state; no halt open, or one. */
export const conditions: readonly Condition[] = [false, true].flatMap((halted) => [
  { flawed: null, state: 'good' as const, halted },
  ...kinds.flatMap((flawed) => statesOf(flawed).map((state) => ({ flawed, state, halted }))),
]);

/** The states in which an evidence of a kind may be besides good. */
function statesOf(kind: EvidenceKind): readonly State[] {
  return states.filter((state) => state !== 'good' && (state !== 'overlapping' || kind === 'soak'));
}

/** Milliseconds since the epoch, and seconds. */
export const now = Date.UTC(2026, 0, 1);
const freshSeconds = 3_600;
const sampledSeconds = 1_800;
const grantedAt = now - 10 * 86_400_000;
const genesis = digestBytes('genesis');
const head = digestBytes('head');
const foreign = digestBytes('another posture');
const digests = Object.fromEntries(kinds.map((kind) => [kind, digestBytes(kind)])) as Record<EvidenceKind, Digest>;
/** A second evidence of each kind, as good as the first and made later. */
const laterDigests = Object.fromEntries(kinds.map((kind) => [kind, digestBytes(`later ${kind}`)])) as typeof digests;

/** The trust root of each venue's account. */
const trustRoots: readonly TrustRoot[] = venues.map((venue) => ({
  version: 1,
  stack: 'main',
  account: { venue, id: `${venue}-1` },
  genesis,
  roles: {
    guardian: { keys: {}, threshold: 1 },
    measure: { keys: {}, threshold: 1 },
    approver: { keys: {}, threshold: 1 },
  },
  caps: { maxOrderUsd: limits[0], maxPositionUsd: 5_000, maxDrawdown: 0.1, maxOrdersPerMinute: 60 },
  freshSeconds: Object.fromEntries(kinds.map((kind) => [kind, freshSeconds])) as TrustRoot['freshSeconds'],
  sampleSeconds: { watch: 900, soak: 1_800 },
  canaryMargin: 0.001,
}));

export const trustRootFor = ({ account }: Posture): TrustRoot =>
  trustRoots.find((root) => root.account.venue === account.venue)!;

/** What the ledger says: the posture before stands granted where it is live. */
export function ledgerFor(from: Posture, { flawed, state, halted }: Condition): LedgerView {
  return {
    readable: true,
    genesis,
    head,
    seq: 7,
    newestTime: now - 60_000,
    standing: from.tradingMode === 'live' ? { posture: from, digest: digestPosture(from), grantedAt } : null,
    openHalts: halted ? [{ haltedAt: now - 120_000, reason: 'model' }] : [],
    consumed: new Set(state === 'consumed' ? [digests[flawed!]] : []),
    drill: false,
  };
}

/** The evidence of a transition. Of the same transition all conditions share what they can. */
export function evidenceFor(from: Posture, to: Posture): (condition: Condition) => readonly Evidence[] {
  const transition = digestTransition(from, to);
  const good = kinds.map((kind) => make(kind, from, to, transition));
  return ({ flawed, state }) => {
    if (state === 'absent') return good.filter(({ kind }) => kind !== flawed);
    if (state === 'stale') return replace(good, flawed, (one) => stale(one));
    if (state === 'foreign') return replace(good, flawed, (one) => aboutAnother(one));
    if (state === 'overlapping') return replace(good, flawed, (one) => begunEarlier(one));
    return good;
  };
}

/** Evidence as passing as it is, made later than what an approval was given for. */
export function makeLater(one: Evidence): Evidence {
  return { ...one, digest: laterDigests[one.kind], name: `later-${one.name}`, measuredAt: one.measuredAt + 1_000 };
}

function make(kind: EvidenceKind, from: Posture, to: Posture, transition: Digest): Evidence {
  const { stack, account } = to;
  return {
    kind,
    digest: digests[kind],
    name: `${kind}.json`,
    keyIds: [signerOf[kind]],
    stack,
    account,
    measured: expectedMeasured(kind, from, to) ?? foreign,
    target: digestPosture(to),
    passed: true,
    // The watch was over when the soak began.
    measuredAt: now - 300_000 - (kind === 'watch' ? sampledSeconds * 1000 : 0),
    feed: 'venue',
    timeScale: 1,
    ...(kind === 'canary' ? { dataFrom: now - 7_200_000, trainedUntil: now - 86_400_000, margin: 0.001 } : {}),
    ...(kind === 'watch' || kind === 'soak' ? { sampledSeconds, closes } : {}),
    ...(kind === 'approval' ? { approves: { transition, ledgerHead: head, evidence, expiresAt: now + 600_000 } } : {}),
  };
}

const closes = { source: 'trader.db', expectedSource: 'trader.db', count: 5, minimum: 3 };
const evidence = Object.values(digests);

function replace(good: readonly Evidence[], flawed: EvidenceKind | null, change: (one: Evidence) => Evidence) {
  return good.map((one) => (one.kind === flawed ? change(one) : one));
}

/** Too old by a second. */
const stale = (one: Evidence): Evidence => ({ ...one, measuredAt: now - (freshSeconds + 1) * 1000 });

/** By a millisecond. */
const begunEarlier = (one: Evidence): Evidence => ({ ...one, measuredAt: one.measuredAt - 1 });

const aboutAnother = (one: Evidence): Evidence =>
  one.approves ? { ...one, approves: { ...one.approves, transition: foreign } } : { ...one, target: foreign };
