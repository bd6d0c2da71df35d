import { append, type GuardianStep } from './guardian-append';
import type { GuardianEffect, GuardianEvent, GuardianState, Halting, Observation } from './guardian-state';
import type { LedgerRead } from './ledger-port';
import type { Moment } from './messages';

/** A rule has tripped: the gateway first, then the replicas; the record comes when both are done. */
export function startHalt(state: GuardianState, observation: Observation, now: Moment): GuardianStep {
  const reason = observation.tripped.join(', ');
  return halt(state, { id: `rule-${observation.gatewayStart}-${now.wallMs}`, reason, requests: [] });
}

/** An operator's halt: as a tripped rule, and answered when it is sure to hold. Asked again, it is the same halt. */
export function askHalt(state: GuardianState, event: Extract<GuardianEvent, { kind: 'haltAsked' }>): GuardianStep {
  const { request, id, reason } = event;
  if (!state.halting) return halt(state, { id, reason, requests: [request] });
  const requests = [...state.halting.requests, request];
  const effects: GuardianEffect[] = state.halting.latched ? [{ kind: 'reply', request, answer: 'halted' }] : [];
  return { state: { ...state, halting: { ...state.halting, requests } }, effects };
}

function halt(
  state: GuardianState,
  { id, reason, requests }: Pick<Halting, 'id' | 'reason' | 'requests'>,
): GuardianStep {
  return {
    state: { ...state, halting: { id, reason, requests, latched: false, aborted: false }, deciding: null },
    effects: [{ kind: 'revoke' }, { kind: 'haltGateway', id }, { kind: 'abort', id }],
  };
}

/** The gateway has the halt on disk: it holds from here on, whatever becomes of this guardian. */
export function gatewayLatched(state: GuardianState, id: string): GuardianStep {
  const { halting } = state;
  if (halting?.id !== id) return { state, effects: [] };
  const effects = halting.requests.map((request) => ({ kind: 'reply', request, answer: 'halted' }) as const);
  return { state: { ...state, halting: { ...halting, latched: true, requests: [] } }, effects };
}

/** The abort sequence has come to its verified end. */
export function replicasAborted(state: GuardianState, id: string): GuardianStep {
  if (state.halting?.id !== id) return { state, effects: [] };
  return { state: { ...state, halting: { ...state.halting, aborted: true } }, effects: [] };
}

/** Each round asks again for what is not done yet, then for the record. */
export function advanceHalt(state: GuardianState, ledger: LedgerRead): GuardianStep {
  const { halting } = state;
  if (!halting) return { state, effects: [] };
  const { id, reason, latched, aborted } = halting;
  const recorded = ledger.readable && ledger.halts.includes(id);
  if (recorded) return { state: { ...state, halting: null }, effects: [] };
  const effects: GuardianEffect[] = [];
  if (!latched) effects.push({ kind: 'haltGateway', id });
  if (!aborted) effects.push({ kind: 'abort', id });
  if (!aborted || !ledger.readable || state.appending) return { state, effects };
  // A gateway that cannot be reached learns of the halt from the record, by way of the guardian's next rounds.
  const step = append(state, { kind: 'halt', id, reason }, ledger);
  return { state: step.state, effects: [...effects, ...step.effects] };
}
