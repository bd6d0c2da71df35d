import { extendHead } from '../ledger/chain';
import { allPermitChecks, leaseFrom, type PermitContext } from './accept-permit';
import { allOrderChecks, type OrderContext } from './admit-order';
import { type Check, failuresOf } from './check';
import { allEndings, type Ending } from './clock-guard';
import { leaseSeconds, nonceCount, rateWindowMs } from './constants';
import { deadlineOf, venueTime } from './deadline';
import type { GatewayAnswer, GatewayEffect, GatewayEvent } from './gateway-events';
import { latchHalt, openLatch, writeHalts } from './gateway-latch';
import type { GatewayState, Held } from './gateway-state';
import type { Moment, SignedOrder, SignedPermit, Verifier } from './messages';

/** What the gateway judges by. The simulation takes one away at a time, to show that each is needed. */
export interface GatewayRules {
  readonly permitChecks: readonly Check<PermitContext>[];
  readonly orderChecks: readonly Check<OrderContext>[];
  readonly endings: readonly Ending[];
  readonly leaseFrom: typeof leaseFrom;
  readonly deadlineOf: typeof deadlineOf;
  /** The venue's clock as an answer shows it. */
  readonly readVenue: (event: { venueMs: number; askedAt: number }, now: Moment) => GatewayState['venue'];
}

export const gatewayRules: GatewayRules = {
  permitChecks: allPermitChecks,
  orderChecks: allOrderChecks,
  endings: allEndings,
  leaseFrom,
  deadlineOf,
  readVenue: ({ venueMs }, now) => ({ venueMs, arrivedAt: now.monoMs }),
};

export interface Step<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}
export type GatewayStep = Step<GatewayState, GatewayEffect>;

/**
 * One step of a gateway. Whatever happens, the clocks are looked at first: a permit that has ended is gone before the
 * event is judged. The effects are to be carried out in order.
 */
export function stepGateway(
  before: GatewayState,
  event: GatewayEvent,
  now: Moment,
  verifier: Verifier,
  rules: GatewayRules = gatewayRules,
): GatewayStep {
  const looked = lookAtClocks(before, now, rules);
  const { state, effects } = handle(looked.state, event, now, verifier, rules);
  const written = writeHalts(state);
  return { state: written.state, effects: [...looked.effects, ...effects, ...written.effects] };
}

function handle(
  state: GatewayState,
  event: GatewayEvent,
  now: Moment,
  verifier: Verifier,
  rules: GatewayRules,
): GatewayStep {
  switch (event.kind) {
    case 'tick':
      return { state, effects: [] };
    case 'challengeAsked':
      return makeChallenge(state, event.request, event.nonce, now);
    case 'permitReceived':
      return receivePermit(state, event.request, event.signed, now, verifier, rules);
    case 'orderReceived':
      return receiveOrder(state, event.request, event.signed, now, verifier, rules);
    case 'venueAnswered':
      return hearVenue({ ...state, venue: rules.readVenue(event, now) }, event.order);
    case 'revoked':
      return endPermit(state);
    case 'halted': {
      const ended = endPermit(state);
      return { ...ended, state: latchHalt(ended.state, event.request, event.id) };
    }
    case 'closed':
      return { state: openLatch(state, event.signed, verifier), effects: [] };
    case 'written':
      return onWritten(state, event.write, now);
    case 'writeFailed':
      return onWriteFailed(state, event.write);
  }
}

/** Ends what the clocks say has ended: the permit held, one that waits for the disk, and the nonces. */
function lookAtClocks(state: GatewayState, now: Moment, rules: GatewayRules): GatewayStep {
  const lasts = (from: Moment, seconds: number) =>
    !rules.endings.some((ending) => ending.ended(from, seconds, state.lookedAt, now));
  const held = state.held && lasts(state.held.from, state.held.permit.leaseSeconds) ? state.held : null;
  const { accepting } = state;
  const looked = {
    ...state,
    lookedAt: now,
    held,
    accepting: accepting && lasts(accepting.from, accepting.permit.leaseSeconds) ? accepting : null,
    nonces: state.nonces.filter(({ madeAt }) => lasts(madeAt, leaseSeconds)),
  };
  return { state: looked, effects: state.held && !held ? [{ kind: 'cancelAll' }] : [] };
}

/** Ends the permit on somebody's word. The nonces go too: a permit that was sent before the word may arrive after it. */
function endPermit(state: GatewayState): GatewayStep {
  return { state: { ...state, held: null, accepting: null, nonces: [] }, effects: [{ kind: 'cancelAll' }] };
}

function makeChallenge(state: GatewayState, request: string, nonce: string, now: Moment): GatewayStep {
  const { start: gatewayStart, ledger, token, halts } = state;
  const nonces = [...state.nonces, { nonce, madeAt: now }].slice(-nonceCount);
  const challenge = { gatewayStart, nonce, ledger, token, halts };
  return { state: { ...state, nonces }, effects: [reply(request, { kind: 'challenge', challenge })] };
}

function receivePermit(
  state: GatewayState,
  request: string,
  signed: SignedPermit,
  now: Moment,
  verifier: Verifier,
  rules: GatewayRules,
): GatewayStep {
  const failures = failuresOf(rules.permitChecks, { state, signed, verifier });
  if (failures.length > 0) return { state, effects: [refusal(request, failures)] };
  const { permit } = signed;
  const write = state.nextWrite;
  const accepting = { permit, from: rules.leaseFrom(state, permit.nonce, now), request, write };
  const nonces = state.nonces.filter(({ nonce }) => nonce !== permit.nonce);
  return {
    state: { ...state, accepting, nonces, nextWrite: write + 1 },
    effects: [{ kind: 'persistPermit', write, token: permit.token, ledger: permit.ledger }],
  };
}

function receiveOrder(
  state: GatewayState,
  request: string,
  signed: SignedOrder,
  now: Moment,
  verifier: Verifier,
  rules: GatewayRules,
): GatewayStep {
  const { held } = state;
  if (!held) return { state, effects: [refusal(request, [state.halts.length > 0 ? 'halted' : 'permit_required'])] };
  const deadline = rules.deadlineOf(state.venue, held, now);
  const failures = failuresOf(rules.orderChecks, { state, held, signed, deadline, verifier, now });
  if (failures.length > 0 || deadline === null) return { state, effects: [refusal(request, failures)] };
  const { clientOrderId, symbol, side, qtyUsd } = signed.order;
  const order = { clientOrderId, symbol, side, qtyUsd };
  const write = state.nextWrite;
  return {
    state: {
      ...state,
      nextWrite: write + 1,
      orders: new Map(state.orders).set(clientOrderId, { order, outcome: 'open' }),
      waiting: new Map(state.waiting).set(write, { order, deadline, permit: held.permit, request }),
      admittedAt: [...state.admittedAt.filter((at) => now.monoMs - at < rateWindowMs), now.monoMs],
    },
    effects: [{ kind: 'persistOrder', write, order }],
  };
}

/** An outcome that is known does not change: an answer may come twice, or late. */
function hearVenue(
  state: GatewayState,
  order?: Extract<GatewayEvent, { kind: 'venueAnswered' }>['order'],
): GatewayStep {
  if (!order || order.outcome === 'open') return { state, effects: [] };
  if (state.orders.get(order.clientOrderId)?.outcome !== 'open') return { state, effects: [] };
  const { clientOrderId, outcome } = order;
  return settle(state, clientOrderId, outcome);
}

function settle(state: GatewayState, clientOrderId: string, outcome: 'executed' | 'dead'): GatewayStep {
  const orders = new Map(state.orders).set(clientOrderId, { order: state.orders.get(clientOrderId)!.order, outcome });
  return { state: { ...state, orders }, effects: [{ kind: 'persistOutcome', clientOrderId, outcome }] };
}

function onWritten(state: GatewayState, write: number, now: Moment): GatewayStep {
  if (state.haltWrite?.write === write) {
    const { halts } = state.haltWrite;
    const done = state.haltRequests.filter(({ id }) => halts.includes(id));
    return {
      state: {
        ...state,
        haltWrite: null,
        haltsOnDisk: halts,
        haltRequests: state.haltRequests.filter((waiting) => !done.includes(waiting)),
      },
      effects: done.map(({ request }) => reply(request, { kind: 'halted' })),
    };
  }
  if (state.accepting?.write === write) return holdPermit(state, state.accepting);
  return sendWaiting(state, write, now);
}

/** The permit counts from here on, with its token and its ledger on disk. */
function holdPermit(state: GatewayState, accepted: NonNullable<GatewayState['accepting']>): GatewayStep {
  const { permit, from, request } = accepted;
  const ledger = extendHead(state.ledger, permit.extension);
  return {
    state: { ...state, token: permit.token, ledger, accepting: null, held: { permit, from } },
    effects: [
      // A renewal changes nothing for the orders that are open; another instance's or posture's permit does.
      ...(state.held && !isRenewal(state.held, permit) ? [{ kind: 'cancelAll' } as const] : []),
      reply(request, { kind: 'accepted' }),
    ],
  };
}

function isRenewal(held: Held, permit: Held['permit']): boolean {
  return permit.posture === held.permit.posture && permit.instance.key === held.permit.instance.key;
}

/** An order is on disk: it is sent, if what it was admitted under still stands. */
function sendWaiting(state: GatewayState, write: number, now: Moment): GatewayStep {
  const waiting = state.waiting.get(write);
  if (!waiting) return { state, effects: [] };
  const { order, deadline, permit, request } = waiting;
  const stands = state.held !== null && isRenewal(state.held, permit) && state.held.permit.use === permit.use;
  if (!stands || !state.venue || venueTime(state.venue, now) >= deadline)
    return dropWaiting(state, write, 'permit_ended');
  return {
    state: { ...state, waiting: without(state.waiting, write) },
    effects: [
      { kind: 'sendToVenue', order, deadline, token: state.held.permit.token },
      reply(request, { kind: 'accepted' }),
    ],
  };
}

function onWriteFailed(state: GatewayState, write: number): GatewayStep {
  if (state.haltWrite?.write === write) return { state: { ...state, haltWrite: null }, effects: [] };
  if (state.accepting?.write === write)
    return { state: { ...state, accepting: null }, effects: [refusal(state.accepting.request, ['disk_failed'])] };
  return state.waiting.has(write) ? dropWaiting(state, write, 'disk_failed') : { state, effects: [] };
}

/** The order was never sent; its id stays used. */
function dropWaiting(state: GatewayState, write: number, code: string): GatewayStep {
  const { order, request } = state.waiting.get(write)!;
  const settled = settle({ ...state, waiting: without(state.waiting, write) }, order.clientOrderId, 'dead');
  return { ...settled, effects: [...settled.effects, refusal(request, [code])] };
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Map<Key, Value> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

function reply(request: string, answer: GatewayAnswer): GatewayEffect {
  return { kind: 'reply', request, answer };
}

function refusal(request: string, failures: readonly string[]): GatewayEffect {
  return reply(request, { kind: 'refused', code: failures[0] ?? 'refused', failures });
}
