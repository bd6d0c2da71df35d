import type { Digest } from '../posture/digest';
import type { Check } from './check';
import { grantMs, leaseSeconds } from './constants';
import type { GuardianState, Observation } from './guardian-state';
import { openHaltsOf } from './ledger-port';
import { bytesOf, type Moment, type Permit, type SignedPermit } from './messages';

export interface IssueContext {
  readonly state: GuardianState;
  readonly observation: Observation;
  readonly now: Moment;
}

/** Live trading is asked for. */
export const modeLive: Check<IssueContext> = {
  name: 'paper',
  holds: ({ observation }) => observation.mode === 'live',
};

/** The ledger can be read, and is the pinned one. */
export const ledgerReadable: Check<IssueContext> = {
  name: 'ledger_unreadable',
  holds: ({ state, observation: { ledger } }) => ledger.readable && ledger.genesis === state.pins.genesis,
};

/** No halt is open in the ledger, on its way, or latched by the gateway. */
export const noOpenHalt: Check<IssueContext> = {
  name: 'halted',
  holds: ({ state, observation: { ledger } }) =>
    ledger.readable &&
    openHaltsOf(ledger).length === 0 &&
    state.halting === null &&
    (state.challenge?.challenge.halts.length ?? 0) === 0,
};

/** The observed posture is the one that a standing grant allows. */
export const postureGranted: Check<IssueContext> = {
  name: 'not_granted',
  holds: ({ observation: { ledger, posture } }) => ledger.readable && ledger.standing?.posture === posture,
};

/** The grant was renewed within the hour. */
export const grantRenewed: Check<IssueContext> = {
  name: 'grant_lapsed',
  holds: ({ state, observation, now }) => !isLapsed(state, observation, now),
};

/** Exactly one trader instance runs. */
export const oneInstance: Check<IssueContext> = {
  name: 'instances',
  holds: ({ observation }) => observation.instances.length === 1,
};

/** All rules are clear. */
export const rulesClear: Check<IssueContext> = {
  name: 'rule_tripped',
  holds: ({ observation }) => observation.tripped.length === 0,
};

/** No entry is being appended: a guardian that cannot append issues nothing. */
export const appendDone: Check<IssueContext> = {
  name: 'appending',
  holds: ({ state }) => state.appending === null,
};

/** The challenge is by the gateway that the platform runs. */
export const gatewayObserved: Check<IssueContext> = {
  name: 'gateway_start',
  holds: ({ state, observation }) => state.challenge?.challenge.gatewayStart === observation.gatewayStart,
};

/** What was observed is newer than the challenge, so that no lease outlasts what was seen by more than its length. */
export const observedAfterChallenge: Check<IssueContext> = {
  name: 'observed_before_challenge',
  holds: ({ state, observation }) => state.challenge !== null && observation.startedAt > state.challenge.arrivedAt,
};

/** The ledger holds the head that the gateway has seen. */
export const ledgerHoldsHead: Check<IssueContext> = {
  name: 'ledger_behind',
  holds: ({ state, observation: { ledger } }) =>
    ledger.readable && state.challenge !== null && ledger.after(state.challenge.challenge.ledger) !== null,
};

export const allIssueChecks: readonly Check<IssueContext>[] = [
  modeLive,
  ledgerReadable,
  noOpenHalt,
  postureGranted,
  grantRenewed,
  oneInstance,
  rulesClear,
  appendDone,
  gatewayObserved,
  observedAfterChallenge,
  ledgerHoldsHead,
];

/**
 * Whether the standing grant has gone an hour without renewal. Of what two clocks say, the longer time counts; a wall
 * clock before the last renewal cannot say, and counts as lapsed.
 */
export function isLapsed(state: GuardianState, observation: Observation, now: Moment): boolean {
  const { ledger, renewedAt, posture } = observation;
  if (!ledger.readable || !ledger.standing) return false;
  const byWall = now.wallMs - Math.max(ledger.standing.grantedAt, renewedAt ?? 0);
  const here = state.issuedAt !== null && state.issuedFor === posture;
  // This process's own renewal needs no wall clock, but a suspension shows only on that one.
  if (here) return Math.max(now.monoMs - state.issuedAt, byWall) >= grantMs;
  return byWall >= grantMs || byWall < -clockStepMs;
}

/** How far a wall clock may be behind the last renewal, milliseconds. */
const clockStepMs = 60_000;

/** The permit for what was observed; every issue check has passed. Its token is above any that anybody used. */
export function makePermit({ state, observation }: IssueContext, sign: (bytes: string) => string): SignedPermit | null {
  const { ledger } = observation;
  const instance = observation.instances[0];
  if (!state.challenge || !ledger.readable || !instance) return null;
  const { challenge } = state.challenge;
  const permit: Permit = {
    ...state.pins,
    posture: observation.posture,
    gatewayStart: challenge.gatewayStart,
    nonce: challenge.nonce,
    token: Math.max(challenge.token, state.tokenUsed) + 1,
    instance,
    limits: observation.limits,
    use: 'trade',
    leaseSeconds,
    ledger: ledger.at,
    extension: ledger.after(challenge.ledger) ?? ([] as Digest[]),
  };
  return { permit, signature: sign(bytesOf('permit', permit)) };
}
