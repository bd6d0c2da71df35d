import { digestBytes } from '../posture/digest';
import { digestTransition } from '../posture/judge-approval';
import { digestPosture, type Posture } from '../posture/posture';
import type { Evidence, LedgerView, RejectedEvidence, StandingGrant } from '../posture/proof';
import { ledgerFor, now } from './conditions';

/** What may be wrong with a way back to the posture before; of `good`, `fail-before` and `foreign-file` nothing is. */
export const backStates = [
  'good',
  'from-paper',
  'other-before',
  'of-return',
  'made-before',
  'late',
  'fail-of-target',
  'fail-of-measured',
  'fail-in-paper',
  'fail-before',
  'garbage-file',
  'foreign-file',
] as const;
export type BackState = (typeof backStates)[number];

/** What a way back is judged under: no proof of a rise is there. */
export interface BackCondition {
  readonly state: BackState;
  readonly halted: boolean;
}

export const backConditions: readonly BackCondition[] = [false, true].flatMap((halted) =>
  backStates.map((state) => ({ state, halted })),
);

const day = 86_400_000;
/** When what stands was granted, and what it replaced: within the window to the millisecond, or a millisecond late. */
const inTime = now - day;
const late = inTime - 1;
const grantedBefore = now - 3 * day;

/** What the ledger says: the posture before stands granted, and replaced what is asked for. */
export function ledgerForBack(from: Posture, to: Posture, { state, halted }: BackCondition): LedgerView {
  const other = { ...to, symbols: ['OTHER'] };
  const before = state === 'other-before' ? other : to;
  const standing: StandingGrant = {
    posture: from,
    digest: digestPosture(from),
    grantedAt: state === 'late' ? late : inTime,
    ...(state === 'from-paper'
      ? {}
      : { predecessor: { posture: before, digest: digestPosture(before), grantedAt: grantedBefore } }),
    ...(state === 'of-return' ? { isReturn: true } : {}),
  };
  const ledger = ledgerFor(from, { flawed: null, state: 'good', halted });
  return {
    ...(ledger as LedgerView & { readable: true }),
    standing,
    returned: new Set(state === 'made-before' ? [digestTransition(from, to)] : []),
  };
}

/** The folder of the evidence: empty but for what a state puts there. */
export function filesForBack(
  to: Posture,
  { state }: BackCondition,
): { evidence: readonly Evidence[]; rejected: readonly RejectedEvidence[] } {
  const evidence: Evidence[] = [];
  if (state === 'fail-of-target') evidence.push(fail(to, { target: digestPosture(to) }));
  if (state === 'fail-of-measured') evidence.push(fail(to, { measured: digestPosture(to) }));
  if (state === 'fail-in-paper') evidence.push(fail(to, { measured: digestPosture({ ...to, tradingMode: 'paper' }) }));
  // By a clock that is as far behind as is tolerated, and a millisecond more.
  if (state === 'fail-before')
    evidence.push(fail(to, { target: digestPosture(to), measuredAt: grantedBefore - 60_001 }));
  const rejected: RejectedEvidence[] = [];
  if (state === 'garbage-file') rejected.push({ name: 'x.json', code: 'malformed', reason: 'not an envelope' });
  if (state === 'foreign-file') rejected.push({ name: 'x.json', code: 'unknown_key', reason: 'by nobody of ours' });
  return { evidence, rejected };
}

const another = digestBytes('another posture');

function fail({ stack, account }: Posture, about: Partial<Evidence>): Evidence {
  return {
    kind: 'canary',
    digest: digestBytes('fail'),
    name: 'fail.json',
    keyIds: ['measure'],
    stack,
    account,
    measured: another,
    target: another,
    passed: false,
    measuredAt: grantedBefore - 60_000,
    feed: 'venue',
    timeScale: 1,
    ...about,
  };
}
