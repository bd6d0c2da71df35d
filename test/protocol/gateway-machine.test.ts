import { describe, expect, it } from 'vitest';
import { digestEntry, extendHead, hashEntry, noEntry } from '../../ledger/chain';
import { digestBytes } from '../../posture/digest';
import { leaseSeconds, orderMs } from '../../protocol/constants';
import type { GatewayEffect, GatewayEvent } from '../../protocol/gateway-events';
import { stepGateway } from '../../protocol/gateway-machine';
import { type GatewayDisk, type GatewayState, startGateway } from '../../protocol/gateway-state';
import { bytesOf, type Moment, type OrderRequest, type Permit, type Pins } from '../../protocol/messages';
import { signAs, verifier } from '../../simulate/keys';

const genesis = hashEntry({ seq: 0, prev: noEntry, digest: digestBytes('genesis') });
const entry = digestEntry({ seq: 1, time: 0, kind: 'grant', body: {}, signatures: [] });
const pins: Pins = { account: { venue: 'simulated', id: 'one' }, stack: 'main', genesis };
const empty: GatewayDisk = { token: 4, ledger: { seq: 0, head: genesis }, halts: [], orders: [] };
const posture = digestBytes('posture');
const limits = { maxOrderUsd: 100, maxPositionUsd: 150, maxOrdersPerMinute: 3, symbols: ['BTC'] };
const venueStart = 5_000_000;

/** A gateway with clocks that the test moves, and a disk that writes when the test says so. */
class Bench {
  state: GatewayState;
  now: Moment = { wallMs: 1e12, monoMs: 1_000 };
  effects: readonly GatewayEffect[] = [];

  constructor(disk: GatewayDisk = empty) {
    this.state = startGateway(pins, 'start-1', disk, this.now);
  }

  /** Lets time go by with a look at the clocks every quarter of a second. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 250) {
      this.move(Math.min(250, left));
      this.do({ kind: 'tick' });
    }
  }

  move(monoMs: number, wallMs = monoMs): void {
    this.now = { monoMs: this.now.monoMs + monoMs, wallMs: this.now.wallMs + wallMs };
  }

  do(event: GatewayEvent): readonly GatewayEffect[] {
    const step = stepGateway(this.state, event, this.now, verifier);
    this.state = step.state;
    this.effects = step.effects;
    return step.effects;
  }

  /** The last effects' answer: `accepted`, `halted`, or the code of the refusal. */
  get answer(): string | undefined {
    const reply = this.effects.find((effect) => effect.kind === 'reply');
    return reply?.answer.kind === 'refused' ? reply.answer.code : reply?.answer.kind;
  }

  challenge(nonce = 'n1'): void {
    this.do({ kind: 'challengeAsked', request: 'c', nonce });
  }

  permit(change: Partial<Permit> = {}, key = 'guardian'): string | undefined {
    const permit: Permit = {
      ...pins,
      posture,
      gatewayStart: 'start-1',
      nonce: 'n1',
      token: 5,
      instance: { key: 'trader', starts: ['1'] },
      limits,
      use: 'trade',
      leaseSeconds,
      ledger: extendHead({ seq: 0, head: genesis }, [entry]),
      extension: [entry],
      ...change,
    };
    this.do({
      kind: 'permitReceived',
      request: 'p',
      signed: { permit, signature: signAs(key, bytesOf('permit', permit)) },
    });
    return this.answer;
  }

  written(): string | undefined {
    this.do({ kind: 'written', write: this.state.nextWrite - 1 });
    return this.answer;
  }

  hold(change: Partial<Permit> = {}): void {
    this.challenge();
    this.permit(change);
    expect(this.written()).toBe('accepted');
    this.do({ kind: 'venueAnswered', venueMs: venueStart, askedAt: this.now.monoMs });
  }

  order(change: Partial<OrderRequest> = {}, key = 'trader'): string | undefined {
    const order: OrderRequest = {
      clientOrderId: 'o1',
      symbol: 'BTC',
      side: 'buy',
      qtyUsd: 50,
      posture,
      gatewayStart: 'start-1',
      sentAt: 0,
      ...change,
    };
    this.do({
      kind: 'orderReceived',
      request: 'o',
      signed: { order, signature: signAs(key, bytesOf('order', order)) },
    });
    return this.answer;
  }

  /** Sends an order all the way; what the gateway answers in the end. */
  trade(change: Partial<OrderRequest> = {}, key = 'trader'): string | undefined {
    return this.order(change, key) ?? this.written();
  }
}

describe('a permit', () => {
  it('is held when its token and ledger are on disk, not before', () => {
    const bench = new Bench();
    bench.challenge();
    expect(bench.permit()).toBeUndefined();
    expect(bench.effects).toMatchObject([{ kind: 'persistPermit', token: 5, ledger: { seq: 1 } }]);
    expect(bench.state.held).toBeNull();
    expect(bench.state.token).toBe(4);
    expect(bench.written()).toBe('accepted');
    expect(bench.state).toMatchObject({ token: 5, ledger: { seq: 1 }, held: { permit: { token: 5 } } });
  });

  it('is not held when the disk fails', () => {
    const bench = new Bench();
    bench.challenge();
    bench.permit();
    bench.do({ kind: 'writeFailed', write: bench.state.nextWrite - 1 });
    expect(bench.answer).toBe('disk_failed');
    expect(bench.state).toMatchObject({ held: null, accepting: null, token: 4 });
  });

  const other = digestBytes('other');
  it.each<[string, Partial<Permit>, string?]>([
    ['permit_signature', {}, 'attacker'],
    ['permit_account', { account: { venue: 'simulated', id: 'two' } }],
    ['permit_account', { account: { venue: 'other', id: 'one' } }],
    ['permit_stack', { stack: 'other' }],
    ['permit_genesis', { genesis: other }],
    ['permit_gateway_start', { gatewayStart: 'start-0' }],
    ['permit_nonce', { nonce: 'n0' }],
    ['permit_token', { token: 4 }],
    ['permit_token', { token: 4.5 }],
    ['permit_token', { token: 5.5 }],
    ['permit_ledger', { extension: [] }],
    ['permit_ledger', { extension: [other] }],
    ['permit_ledger', { ledger: { seq: 0, head: genesis } }],
    ['permit_lease', { leaseSeconds: 16 }],
  ])('is refused with %s: %j', (code, change, key) => {
    const bench = new Bench();
    bench.challenge();
    expect(bench.permit(change, key)).toBe(code);
    expect(bench.state.accepting).toBeNull();
    // The nonce is still good for the right one.
    expect(bench.permit()).toBeUndefined();
  });

  it('is used once, and not beside another that waits for the disk', () => {
    const bench = new Bench();
    bench.challenge();
    bench.challenge('n2');
    bench.permit();
    expect(bench.permit({ nonce: 'n2', token: 6 })).toBe('permit_busy');
    bench.written();
    const next = { ledger: bench.state.ledger, extension: [] };
    expect(bench.permit({ ...next, token: 6 })).toBe('permit_nonce');
    expect(bench.permit({ ...next, token: 5, nonce: 'n2' })).toBe('permit_token');
    expect(bench.permit({ ...next, token: 6, nonce: 'n2' })).toBeUndefined();
  });

  it('with a form of its own is refused, not crashed on', () => {
    const bench = new Bench();
    bench.challenge();
    expect(bench.permit({ extension: null as never, account: null as never })).toBe('permit_account');
  });

  it('lasts from when its nonce was made', () => {
    const bench = new Bench();
    bench.challenge();
    bench.pass(14_000);
    bench.permit();
    bench.written();
    bench.do({ kind: 'venueAnswered', venueMs: venueStart, askedAt: 0 });
    expect(bench.trade()).toBe('accepted');
    bench.pass(999);
    expect(bench.state.held).not.toBeNull();
    bench.move(1);
    bench.do({ kind: 'tick' });
    expect(bench.state.held).toBeNull();
    expect(bench.effects).toContainEqual({ kind: 'cancelAll' });
  });

  it('that waits in the network through a suspension is not accepted', () => {
    const bench = new Bench();
    bench.challenge();
    bench.move(10, 5_000);
    expect(bench.permit()).toBe('permit_nonce');
  });

  it.each([
    ['a pause', 1_001, 1_001, false],
    ['no pause', 1_000, 1_000, true],
    ['a suspension', 100, 1_101, false],
    ['a step back', 100, -901, false],
    ['a small step', 100, 1_100, true],
  ])('over %s', (_, mono, wall, holds) => {
    const bench = new Bench();
    bench.hold();
    bench.move(mono, wall);
    expect(bench.trade()).toBe(holds ? 'accepted' : 'permit_required');
  });

  it.each<[string, GatewayEvent]>([
    ['revoke', { kind: 'revoked' }],
    ['halt', { kind: 'halted', request: 'h', id: 'h1' }],
  ])('ends on %s, with those under way', (_, event) => {
    const bench = new Bench();
    bench.hold();
    bench.challenge('n2');
    bench.do(event);
    expect(bench.effects).toContainEqual({ kind: 'cancelAll' });
    expect(bench.state.held).toBeNull();
    expect(bench.permit({ nonce: 'n2', token: 6, ledger: bench.state.ledger, extension: [] })).toBe('permit_nonce');
  });
});

describe('an order', () => {
  it('is on disk before it is sent, with a deadline in the venue time', () => {
    const bench = new Bench();
    bench.hold();
    bench.move(200);
    expect(bench.order()).toBeUndefined();
    expect(bench.effects).toMatchObject([{ kind: 'persistOrder', order: { clientOrderId: 'o1' } }]);
    bench.written();
    const [sent] = bench.effects;
    expect(sent).toMatchObject({ kind: 'sendToVenue', token: 5 });
    expect(sent?.kind === 'sendToVenue' && sent.deadline - venueStart).toBeLessThanOrEqual(200 + orderMs);
    expect(sent?.kind === 'sendToVenue' && sent.deadline - venueStart).toBeGreaterThan(200);
  });

  it.each<[string, Partial<OrderRequest>, string?]>([
    ['order_posture', { posture: digestBytes('another') }],
    ['order_gateway_start', { gatewayStart: 'start-0' }],
    ['order_signature', {}, 'attacker'],
    ['limit_symbol', { symbol: 'ETH' }],
    ['limit_order_size', { qtyUsd: 100.01 }],
    ['limit_order_size', { qtyUsd: 0 }],
    ['limit_order_size', { qtyUsd: -5, side: 'sell' }],
  ])('is refused with %s: %j', (code, change, key) => {
    const bench = new Bench();
    bench.hold();
    expect(bench.trade(change, key)).toBe(code);
    expect(bench.trade()).toBe('accepted');
  });

  it('trades once, and not again after a restart', () => {
    const bench = new Bench();
    bench.hold();
    bench.trade();
    expect(bench.trade()).toBe('order_replayed');
    const orders = [...bench.state.orders.values()];
    const again = new Bench({ ...empty, orders });
    again.hold();
    expect(again.trade()).toBe('order_replayed');
  });

  it('counts open orders as filled', () => {
    const bench = new Bench();
    bench.hold();
    bench.trade({ qtyUsd: 100 });
    expect(bench.trade({ clientOrderId: 'o2', qtyUsd: 51 })).toBe('limit_position');
    // A sell that is open does not make room.
    expect(bench.trade({ clientOrderId: 'o3', qtyUsd: 100, side: 'sell' })).toBe('accepted');
    expect(bench.trade({ clientOrderId: 'o4', qtyUsd: 51 })).toBe('limit_position');
    expect(bench.trade({ clientOrderId: 'o5', qtyUsd: 50 })).toBe('accepted');
  });

  it('is held to its number a minute, also across a restart', () => {
    const bench = new Bench();
    bench.hold();
    for (const id of ['a', 'b', 'c']) expect(bench.trade({ clientOrderId: id, qtyUsd: 1 })).toBe('accepted');
    expect(bench.trade({ clientOrderId: 'd', qtyUsd: 1 })).toBe('limit_rate');
    const again = new Bench({ ...empty, orders: [...bench.state.orders.values()] });
    again.hold();
    expect(again.trade({ clientOrderId: 'd', qtyUsd: 1 })).toBe('limit_rate');
    again.pass(61_000);
    again.challenge('n2');
    again.permit({ nonce: 'n2', token: 6, ledger: again.state.ledger, extension: [] });
    again.written();
    again.do({ kind: 'venueAnswered', venueMs: venueStart, askedAt: 0 });
    expect(again.trade({ clientOrderId: 'd', qtyUsd: 1 })).toBe('accepted');
  });

  it('needs a venue whose time is known', () => {
    const bench = new Bench();
    bench.challenge();
    bench.permit();
    bench.written();
    expect(bench.trade()).toBe('order_deadline');
    bench.do({ kind: 'venueAnswered', venueMs: venueStart, askedAt: 0 });
    bench.pass(10_250);
    expect(bench.trade()).toBe('order_deadline');
  });

  it('has a deadline within the lease', () => {
    const bench = new Bench();
    bench.hold();
    bench.pass(14_750);
    bench.do({ kind: 'venueAnswered', venueMs: venueStart, askedAt: 0 });
    bench.trade();
    const sent = bench.effects.find((effect) => effect.kind === 'sendToVenue');
    expect(sent!.deadline - venueStart).toBeLessThan(250);
  });

  it('is not sent when its permit ended while it was written', () => {
    const bench = new Bench();
    bench.hold();
    bench.order();
    const { nextWrite } = bench.state;
    bench.do({ kind: 'revoked' });
    bench.do({ kind: 'written', write: nextWrite - 1 });
    expect(bench.answer).toBe('permit_ended');
    expect(bench.effects.some((effect) => effect.kind === 'sendToVenue')).toBe(false);
  });

  it('only reduces under a permit to reduce', () => {
    const orders = [
      { order: { clientOrderId: 'x', symbol: 'BTC', side: 'buy', qtyUsd: 80 }, outcome: 'executed' },
    ] as const;
    const bench = new Bench({ ...empty, orders });
    bench.hold({ use: 'reduce' });
    expect(bench.trade()).toBe('reduce_only');
    expect(bench.trade({ side: 'sell', qtyUsd: 90 })).toBe('reduce_only');
    expect(bench.trade({ side: 'sell', qtyUsd: 80 })).toBe('accepted');
    expect(bench.trade({ clientOrderId: 'o2', side: 'sell', qtyUsd: 1 })).toBe('reduce_only');
  });
});

describe('a halt', () => {
  it('is answered when it is on disk, and tried again until then', () => {
    const bench = new Bench();
    bench.do({ kind: 'halted', request: 'h', id: 'h1' });
    expect(bench.answer).toBeUndefined();
    bench.do({ kind: 'writeFailed', write: bench.state.nextWrite - 1 });
    expect(bench.effects).toMatchObject([{ kind: 'persistHalts', halts: ['h1'] }]);
    expect(bench.written()).toBe('halted');
  });

  it('holds over permits and restarts, until an approver closes every one', () => {
    const bench = new Bench({ ...empty, halts: ['h1', 'h2'] });
    bench.challenge();
    expect(bench.permit()).toBe('halted');
    const close = (halts: string[], key: string, change: Partial<Pins> = {}) => {
      const said = { ...pins, ...change, halts };
      bench.do({ kind: 'closed', signed: { close: said, signature: signAs(key, bytesOf('close', said)) } });
    };
    close(['h1', 'h2'], 'guardian');
    close(['h1', 'h2'], 'approver', { stack: 'other' });
    expect(bench.state.halts).toEqual(['h1', 'h2']);
    close(['h1'], 'approver');
    expect(bench.permit()).toBe('halted');
    close(['h2'], 'approver');
    expect(bench.permit()).toBeUndefined();
  });
});
