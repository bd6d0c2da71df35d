import { type Check, failuresOf } from './check';
import { renewMs } from './constants';
import { append, type GuardianStep } from './guardian-append';
import { advanceHalt, askHalt, gatewayLatched, replicasAborted, startHalt } from './guardian-halt';
import type { GuardianEffect, GuardianEvent, GuardianState, Observation } from './guardian-state';
import { allIssueChecks, type IssueContext, isLapsed, ledgerHoldsHead, makePermit } from './issue-permit';
import { openHaltsOf, type ReadableLedger } from './ledger-port';
import type { Moment } from './messages';

/** What the guardian judges by. The simulation takes one away at a time, to show that each is needed. */
export interface GuardianRules {
  readonly issueChecks: readonly Check<IssueContext>[];
  readonly isLapsed: typeof isLapsed;
  /** What must hold before a grant is even asked for. */
  readonly grantChecks: readonly Check<IssueContext>[];
  readonly startHalt: typeof startHalt;
  readonly mustRevoke: typeof mustRevoke;
}

export const guardianRules: GuardianRules = {
  issueChecks: allIssueChecks,
  isLapsed,
  // A ledger that lacks the gateway's head is not the newest: what it says of consumed evidence may be old.
  grantChecks: [ledgerHoldsHead],
  startHalt,
  mustRevoke,
};

/** One step of a guardian. The effects are to be carried out in order. @param sign with the guardian's key */
export function stepGuardian(
  state: GuardianState,
  event: GuardianEvent,
  now: Moment,
  sign: (bytes: string) => string,
  rules: GuardianRules = guardianRules,
): GuardianStep {
  switch (event.kind) {
    case 'tick':
      return onTick(state, now);
    case 'challengeReceived':
      return { state: { ...state, challenge: { challenge: event.challenge, arrivedAt: now.monoMs } }, effects: [] };
    case 'observed':
      return onObserved(state, event.observation, now, sign, rules);
    case 'decided':
      return onDecided(state, event);
    case 'appended':
      return onAppended(state, event.write, true);
    case 'appendFailed':
      return onAppended(state, event.write, false);
    case 'haltAsked':
      return askHalt(state, event);
    case 'gatewayHalted':
      return gatewayLatched(state, event.id);
    case 'aborted':
      return replicasAborted(state, event.id);
  }
}

/** How long a challenge is tried before another is asked for, milliseconds. */
const challengeMs = 3_000;

/** Every round observes; a challenge is asked for when a permit is due. */
function onTick(state: GuardianState, now: Moment): GuardianStep {
  const due = state.issuedAt === null || now.monoMs - state.issuedAt >= renewMs;
  // A challenge is left alone for a few rounds: one that is replaced in every round is never older than what is observed.
  const known = state.challenge !== null && now.monoMs - state.challenge.arrivedAt < challengeMs;
  const ask = due && !known;
  return { state, effects: ask ? [{ kind: 'askChallenge' }, { kind: 'observe' }] : [{ kind: 'observe' }] };
}

function onObserved(
  before: GuardianState,
  observation: Observation,
  now: Moment,
  sign: (bytes: string) => string,
  rules: GuardianRules,
): GuardianStep {
  const trips = observation.tripped.length > 0 && !before.halting && mayTrade(observation);
  const halted = trips ? rules.startHalt(before, observation, now) : { state: before, effects: [] };
  const { state } = halted;
  const context = { state, observation, now };
  const failures = failuresOf(rules.issueChecks, context);
  const effects = [...halted.effects, ...share(state, observation)];
  if (failures.length === 0) return issue(context, sign, effects);
  if (rules.mustRevoke(failures)) effects.push({ kind: 'revoke' });
  effects.push({ kind: 'report', failures });
  const { ledger } = observation;
  const next = state.halting ? advanceHalt(state, ledger) : ledger.readable ? record(context, ledger, rules) : null;
  return { state: next?.state ?? state, effects: [...effects, ...(next?.effects ?? [])] };
}

/** Whether there is anything to halt: live trading that a halt does not already stop. An unreadable ledger cannot say. */
function mayTrade({ mode, ledger }: Observation): boolean {
  return mode === 'live' && (!ledger.readable || (ledger.standing !== null && openHaltsOf(ledger).length === 0));
}

/** Waiting for a challenge or for the disk takes nothing away; anything else does, at once. */
function mustRevoke(failures: readonly string[]): boolean {
  const waiting = ['observed_before_challenge', 'appending', 'gateway_start', 'ledger_behind'];
  return failures.some((name) => !waiting.includes(name));
}

/** Brings the gateway's latch and the ledger's halts together: each learns what only the other has. */
function share(state: GuardianState, { ledger }: Observation): GuardianEffect[] {
  if (!ledger.readable) return [];
  const latched = state.challenge?.challenge.halts ?? [];
  const open = openHaltsOf(ledger);
  const closes = ledger.closes.filter(({ close }) => close.halts.some((id) => latched.includes(id)));
  return [
    ...open.filter((id) => !latched.includes(id)).map((id) => ({ kind: 'haltGateway', id }) as const),
    ...closes.map((signed) => ({ kind: 'closeGateway', signed }) as const),
  ];
}

function issue(context: IssueContext, sign: (bytes: string) => string, effects: GuardianEffect[]): GuardianStep {
  const { state, now } = context;
  const signed = makePermit(context, sign);
  if (!signed) return { state, effects };
  const { posture, token } = signed.permit;
  return {
    state: { ...state, challenge: null, tokenUsed: token, issuedAt: now.monoMs, issuedFor: posture },
    effects: [...effects, { kind: 'sendPermit', signed }, { kind: 'persistRenewal', renewedAt: now.wallMs }],
  };
}

/** What the ledger must learn before anything else: a halt that only the gateway has, a grant's end, or a new grant. */
function record(context: IssueContext, ledger: ReadableLedger, rules: GuardianRules): GuardianStep {
  const { state, observation, now } = context;
  if (state.appending) return { state, effects: [] };
  const unknown = state.challenge?.challenge.halts.find((id) => !ledger.halts.includes(id));
  if (unknown !== undefined)
    return append(state, { kind: 'halt', id: unknown, reason: 'latched at the gateway' }, ledger);
  const { standing } = ledger;
  const { mode, posture } = observation;
  if (standing && rules.isLapsed(state, observation, now))
    return append(state, { kind: 'end', posture: standing.posture, reason: 'not_renewed' }, ledger);
  if (standing?.posture === posture) return { state, effects: [] };
  if (mode === 'paper')
    return standing
      ? append(state, { kind: 'end', posture: standing.posture, reason: 'other_posture' }, ledger)
      : { state, effects: [] };
  if (openHaltsOf(ledger).length > 0 || failuresOf(rules.grantChecks, context).length > 0)
    return { state, effects: [] };
  const previous = standing?.posture ?? null;
  return {
    state: { ...state, deciding: posture },
    effects: [{ kind: 'decide', posture, previous, at: ledger.at }],
  };
}

/**
 * Allowed: the grant is appended, on the head that was decided on; for a return the permit is revoked first. Refused: what
 * stood has ended.
 */
function onDecided(state: GuardianState, event: Extract<GuardianEvent, { kind: 'decided' }>): GuardianStep {
  const { posture, previous, at, decision } = event;
  if (state.deciding !== posture || state.appending || state.halting) return { state, effects: [] };
  const decided = { ...state, deciding: null };
  if (decision.allow) {
    const { evidence, isReturn } = decision;
    if (!isReturn) return append(decided, { kind: 'grant', posture, previous, evidence }, { at });
    const step = append(decided, { kind: 'grant', posture, previous, evidence, isReturn }, { at });
    return { ...step, effects: [{ kind: 'revoke' }, ...step.effects] };
  }
  if (previous === null) return { state: decided, effects: [] };
  return append(decided, { kind: 'end', posture: previous, reason: 'other_posture' }, { at });
}

/** The next round reads what came of it from the ledger itself. */
function onAppended(state: GuardianState, write: number, done: boolean): GuardianStep {
  if (state.appending?.write !== write) return { state, effects: [] };
  const { body } = state.appending;
  const { halting } = state;
  const next = { ...state, appending: null };
  if (!done || body.kind !== 'halt' || halting?.id !== body.id) return { state: next, effects: [] };
  const effects = halting.requests.map((request) => ({ kind: 'reply', request, answer: 'halted' }) as const);
  return { state: { ...next, halting: null }, effects };
}
