import { requireNoOpenHalt, requireOwnAccount } from '../ledger/grant-rules';
import type { Grounds } from '../ledger/grounds';
import { decide } from '../posture/decide';
import { allPermitChecks } from '../protocol/accept-permit';
import { allOrderChecks } from '../protocol/admit-order';
import { allEndings } from '../protocol/clock-guard';
import { driftMs, orderMs } from '../protocol/constants';
import { venueTime } from '../protocol/deadline';
import { type GatewayRules, gatewayRules } from '../protocol/gateway-machine';
import { type GuardianRules, guardianRules } from '../protocol/guardian-machine';
import { allIssueChecks } from '../protocol/issue-permit';
import { decisionPlants } from './decision-plants';
import { returnPlants } from './return-plants';
import type { LedgerRules, RecordedEntry } from './simulated-ledger';

/** What a history runs with: production's rules, or with one of them taken away. */
export interface Plant {
  readonly gatewayRules: GatewayRules;
  readonly guardianRules: GuardianRules;
  /** A disk that says it has synced what it has not. */
  readonly diskLies: 'permit' | 'order' | 'halt' | null;
  readonly ledgerRules: LedgerRules;
  readonly issueBeforeAppend: boolean;
  readonly decide: typeof decide;
  /** What a decision takes the ledger to say. */
  readonly readAs: (grounds: Grounds, entries: readonly RecordedEntry[]) => Grounds;
}

export const nothingPlanted: Plant = {
  gatewayRules,
  guardianRules,
  diskLies: null,
  ledgerRules: { compares: true },
  issueBeforeAppend: false,
  decide,
  readAs: (grounds) => grounds,
};

const gateway = (change: Partial<GatewayRules>): Partial<Plant> => ({ gatewayRules: { ...gatewayRules, ...change } });
const guardian = (change: Partial<GuardianRules>): Partial<Plant> => ({
  guardianRules: { ...guardianRules, ...change },
});
const withoutPermitCheck = (...names: string[]) =>
  gateway({ permitChecks: allPermitChecks.filter(({ name }) => !names.includes(name)) });
const withoutOrderCheck = (...names: string[]) =>
  gateway({ orderChecks: allOrderChecks.filter(({ name }) => !names.includes(name)) });
const withoutIssueCheck = (...names: string[]) =>
  guardian({ issueChecks: allIssueChecks.filter(({ name }) => !names.includes(name)) });
const withoutEnding = (gone: string) => gateway({ endings: allEndings.filter(({ name }) => name !== gone) });

/**
 * The faults that can be planted, each a check taken away. Checks that only repeat what another one holds (the ledger's
 * genesis, beside the chain) are not here: taking one of those away alone changes nothing.
 */
export const plants: Readonly<Record<string, Partial<Plant>>> = {
  'permit-signature': withoutPermitCheck('permit_signature'),
  'permit-account': withoutPermitCheck('permit_account'),
  'permit-stack': withoutPermitCheck('permit_stack'),
  'permit-gateway-start': withoutPermitCheck('permit_gateway_start'),
  'permit-nonce': withoutPermitCheck('permit_nonce'),
  'permit-token': withoutPermitCheck('permit_token'),
  'permit-synced-before-use': { diskLies: 'permit' },
  // The guardian refuses to issue from such a ledger too: both have to go.
  'ledger-extension': {
    ...withoutPermitCheck('permit_ledger'),
    ...guardian({ issueChecks: allIssueChecks.filter(({ name }) => name !== 'ledger_behind'), grantChecks: [] }),
  },
  // Gateway and guardian each refuse over a halt: all of it has to go.
  'open-halt': {
    ...gateway({
      permitChecks: allPermitChecks.filter(({ name }) => name !== 'halted'),
      orderChecks: allOrderChecks.filter(({ name }) => name !== 'halted'),
    }),
    ...withoutIssueCheck('halted'),
  },
  'halt-synced': { diskLies: 'halt' },
  // The deadline, which is bounded by the lease, refuses too.
  'lease-over': gateway({
    endings: allEndings.filter(({ name }) => name !== 'lease_over'),
    deadlineOf: (venue, _held, now) => venue && venueTime(venue, now) + orderMs - driftMs,
  }),
  'lease-from-nonce': gateway({ leaseFrom: (_state, _nonce, now) => now }),
  pause: withoutEnding('paused'),
  jump: withoutEnding('clock_jumped'),
  'order-posture': withoutOrderCheck('order_posture'),
  'order-gateway-start': withoutOrderCheck('order_gateway_start'),
  'order-signature': withoutOrderCheck('order_signature'),
  'order-replayed': withoutOrderCheck('order_replayed'),
  'order-synced-before-sent': { diskLies: 'order' },
  'limit-symbol': withoutOrderCheck('limit_symbol'),
  'limit-order-size': withoutOrderCheck('limit_order_size'),
  'limit-position': withoutOrderCheck('limit_position'),
  'limit-rate': withoutOrderCheck('limit_rate'),
  'deadline-within-lease': gateway({
    deadlineOf: (venue, _held, now) => venue && venueTime(venue, now) + orderMs - driftMs,
  }),
  'deadline-from-arrival': gateway({ readVenue: ({ venueMs, askedAt }) => ({ venueMs, arrivedAt: askedAt }) }),
  'append-before-permit': { issueBeforeAppend: true },
  // The ledger takes no evidence twice either: both have to go.
  'compare-and-swap': { ledgerRules: { compares: false, grantRules: [requireNoOpenHalt, requireOwnAccount] } },
  'gateway-before-record': guardian({
    mustRevoke: () => false,
    startHalt: (state, observation, now) => {
      const step = guardianRules.startHalt(state, observation, now);
      return {
        state: { ...step.state, halting: step.state.halting && { ...step.state.halting, latched: true } },
        effects: step.effects.filter(({ kind }) => kind === 'abort'),
      };
    },
  }),
  'standing-grant': withoutIssueCheck('not_granted'),
  'observed-after-challenge': withoutIssueCheck('observed_before_challenge'),
  'one-instance': withoutIssueCheck('instances'),
  'rules-clear': guardian({
    issueChecks: allIssueChecks.filter(({ name }) => name !== 'rule_tripped'),
    startHalt: (state) => ({ state, effects: [] }),
  }),
  'renewed-within-the-hour': guardian({
    issueChecks: allIssueChecks.filter(({ name }) => name !== 'grant_lapsed'),
    isLapsed: () => false,
  }),
  ...decisionPlants,
  ...returnPlants,
};

/** @throws RangeError for a name that is not one of `plants` */
export function findPlant(name: string | null): Plant {
  if (name === null) return nothingPlanted;
  const plant = plants[name];
  if (!plant) throw new RangeError(`--plant: expected one of ${Object.keys(plants).join(', ')}; received ${name}`);
  return { ...nothingPlanted, ...plant };
}
