import { describe, expect, it } from 'vitest';
import { digestEntry, extendHead, hashEntry, noEntry } from '../../ledger/chain';
import { digestBytes } from '../../posture/digest';
import { leaseSeconds, orderMs } from '../../protocol/constants';
import { type Admission, GatewayMachine } from '../../protocol/gateway-machine';
import type { GatewayDisk, GatewayState } from '../../protocol/gateway-state';
import { HaltWriter } from '../../protocol/halt-writer';
import { bytesOf, type Moment, type OrderRequest, type Permit, type Pins } from '../../protocol/messages';
import { signAs, signClose, verifier } from '../../simulate/keys';

const genesis = hashEntry({ seq: 0, prev: noEntry, digest: digestBytes('genesis') });
const entry = digestEntry({ seq: 1, time: 0, kind: 'grant', body: {}, signatures: [] });
const pins: Pins = { account: { venue: 'simulated', id: 'one' }, stack: 'main', genesis };
const empty: GatewayDisk = { token: 4, ledger: { seq: 0, head: genesis }, halts: [], orders: [] };
const posture = digestBytes('posture');
const limits = { maxOrderUsd: 100, maxPositionUsd: 150, maxOrdersPerMinute: 3, symbols: ['BTC'] };
const venueStart = 5_000_000;

/** A gateway with clocks that the test moves, and a disk that writes when the test says so. */
class Bench {
  now: Moment = { wallMs: 1e12, monoMs: 1_000 };
  /** What the disk was asked to write, and has not answered yet. */
  writes: { readonly what: unknown; readonly saved: (ok: boolean) => void }[] = [];
  cancels = 0;
  /** The newest answer: `accepted`, `halted`, or the code of the refusal. */
  answer: string | undefined;
  readonly machine: GatewayMachine;
  private readonly haltWriter: HaltWriter;
  private admission: Admission | undefined;

  constructor(disk: GatewayDisk = empty) {
    this.machine = new GatewayMachine(pins, 'start-1', disk, {
      clocks: () => this.now,
      verifier,
      savePermit: (token, ledger, saved) => this.writes.push({ what: { token, ledger }, saved }),
      cancelAll: () => {
        this.cancels += 1;
      },
    });
    this.haltWriter = new HaltWriter(disk.halts, (halts, saved) => this.writes.push({ what: { halts }, saved }));
  }

  get state(): GatewayState {
    return this.machine.state;
  }

  /** Lets time go by with a look at the clocks every quarter of a second. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 250) {
      this.move(Math.min(250, left));
      this.machine.look();
    }
  }

  move(monoMs: number, wallMs = monoMs): void {
    this.now = { monoMs: this.now.monoMs + monoMs, wallMs: this.now.wallMs + wallMs };
  }

  /** The disk answers the oldest write. */
  written(ok = true): string | undefined {
    this.answer = undefined;
    this.writes.shift()!.saved(ok);
    return this.answer;
  }

  challenge(nonce = 'n1'): void {
    this.machine.challenge(nonce);
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
    this.answer = undefined;
    this.machine.accept({ permit, signature: signAs(key, bytesOf('permit', permit)) }, (failures) => {
      this.answer = failures[0] ?? 'accepted';
    });
    return this.answer;
  }

  hold(change: Partial<Permit> = {}): void {
    this.challenge();
    this.permit(change);
    expect(this.written()).toBe('accepted');
    this.hearTime();
  }

  hearTime(): void {
    this.machine.hear({ venueMs: venueStart, askedAt: 0 });
  }

  /** An order up to the disk. @returns the code of the refusal */
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
    const admitted = this.machine.admit({ order, signature: signAs(key, bytesOf('order', order)) });
    this.admission = 'failures' in admitted ? undefined : admitted;
    return 'failures' in admitted ? admitted.failures[0] : undefined;
  }

  /** The order that was admitted last, sent: its token, or the code of the refusal. */
  release(admission = this.admission!): number | string | undefined {
    const released = this.machine.release(admission);
    return 'failures' in released ? released.failures[0] : released.token;
  }

  get admitted(): Admission {
    return this.admission!;
  }

  /** Sends an order all the way; what the gateway answers in the end. */
  trade(change: Partial<OrderRequest> = {}, key = 'trader'): string | undefined {
    const code = this.order(change, key);
    if (code !== undefined) return code;
    const released = this.release();
    return typeof released === 'number' ? 'accepted' : released;
  }

  halt(id: string): void {
    this.answer = undefined;
    this.machine.halt(id);
    this.haltWriter.ask(id, () => {
      this.answer = 'halted';
    });
    this.writeHalts();
  }

  writeHalts(): void {
    this.haltWriter.write(this.state.halts);
  }
}

describe('a permit', () => {
  it('is held when its token and ledger are on disk, not before', () => {
    const bench = new Bench();
    bench.challenge();
    expect(bench.permit()).toBeUndefined();
    expect(bench.writes).toMatchObject([{ what: { token: 5, ledger: { seq: 1 } } }]);
    expect(bench.state.held).toBeNull();
    expect(bench.state.token).toBe(4);
    expect(bench.written()).toBe('accepted');
    expect(bench.state).toMatchObject({ token: 5, ledger: { seq: 1 }, held: { permit: { token: 5 } } });
  });

  it('is not held when the disk fails', () => {
    const bench = new Bench();
    bench.challenge();
    bench.permit();
    expect(bench.written(false)).toBe('disk_failed');
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

  it('17: that leaps over what went before is refused, the next in order is not', () => {
    const bench = new Bench();
    bench.challenge();
    // The token only grows, and stays a number that the next one can exceed.
    for (const token of [-1, 0, 4, 2 ** 53]) {
      expect(bench.permit({ token }), `token ${token}`).toBe('permit_token');
    }
    // An entry of the ledger left out, put in twice, or a later head without the entries that lead to it.
    const second = digestEntry({ seq: 2, time: 0, kind: 'halt', body: {}, signatures: [] });
    const both = extendHead({ seq: 0, head: genesis }, [entry, second]);
    for (const extension of [[], [second], [entry], [second, entry], [entry, entry, second]]) {
      expect(bench.permit({ ledger: both, extension }), `${extension.length} entries`).toBe('permit_ledger');
    }
    expect(bench.state).toMatchObject({ token: 4, held: null, accepting: null });
    expect(bench.permit({ ledger: both, extension: [entry, second] })).toBeUndefined();
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
    bench.hearTime();
    expect(bench.trade()).toBe('accepted');
    bench.pass(999);
    expect(bench.state.held).not.toBeNull();
    bench.move(1);
    bench.machine.look();
    expect(bench.state.held).toBeNull();
    expect(bench.cancels).toBe(1);
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

  it.each<[string, (bench: Bench) => void]>([
    ['revoke', (bench) => bench.machine.revoke()],
    ['halt', (bench) => bench.halt('h1')],
  ])('ends on %s, with those under way', (_, end) => {
    const bench = new Bench();
    bench.hold();
    bench.challenge('n2');
    end(bench);
    expect(bench.cancels).toBe(1);
    expect(bench.state.held).toBeNull();
    expect(bench.permit({ nonce: 'n2', token: 6, ledger: bench.state.ledger, extension: [] })).toBe('permit_nonce');
  });
});

/** Answers a fresh challenge with a permit. */
function renew(bench: Bench, change: Partial<Permit> = {}): void {
  bench.challenge('n2');
  bench.permit({ nonce: 'n2', token: 6, ledger: bench.state.ledger, extension: [], ...change });
  expect(bench.written()).toBe('accepted');
}

describe('an order', () => {
  it('is admitted with a deadline in the venue time, and then sent', () => {
    const bench = new Bench();
    bench.hold();
    bench.move(200);
    expect(bench.order()).toBeUndefined();
    const { order, deadline } = bench.admitted;
    expect(order).toEqual({ clientOrderId: 'o1', symbol: 'BTC', side: 'buy', qtyUsd: 50 });
    expect(deadline - venueStart).toBeLessThanOrEqual(200 + orderMs);
    expect(deadline - venueStart).toBeGreaterThan(200);
    expect(bench.state.orders.get('o1')).toEqual({ order, deadline, outcome: 'open' });
    expect(bench.release()).toBe(5);
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
    again.hearTime();
    expect(again.trade({ clientOrderId: 'd', qtyUsd: 1 })).toBe('accepted');
  });

  it('needs a venue whose time is known', () => {
    const bench = new Bench();
    bench.challenge();
    bench.permit();
    bench.written();
    expect(bench.trade()).toBe('order_deadline');
    bench.hearTime();
    bench.pass(10_250);
    expect(bench.trade()).toBe('order_deadline');
  });

  it('has a deadline within the lease', () => {
    const bench = new Bench();
    bench.hold();
    bench.pass(14_750);
    bench.hearTime();
    expect(bench.trade()).toBe('accepted');
    expect(bench.admitted.deadline - venueStart).toBeLessThan(250);
  });

  it.each<[string, string | number, (bench: Bench) => void]>([
    ['nothing', 5, () => {}],
    ['a renewal', 6, (bench) => renew(bench)],
    ['a revoke', 'permit_ended', (bench) => bench.machine.revoke()],
    ['a halt', 'permit_ended', (bench) => bench.halt('h1')],
    ['a pause', 'permit_ended', (bench) => bench.move(1_001)],
    ['a clock jump', 'permit_ended', (bench) => bench.move(10, 1_100)],
    ['its deadline', 'permit_ended', (bench) => bench.pass(orderMs)],
    ['a permit for another posture', 'permit_ended', (bench) => renew(bench, { posture: digestBytes('another') })],
    ['a permit to reduce', 'permit_ended', (bench) => renew(bench, { use: 'reduce' })],
  ])('that waits for its line on disk, after %s', (_, expected, meanwhile) => {
    const bench = new Bench();
    bench.hold();
    bench.order();
    meanwhile(bench);
    expect(bench.release()).toBe(expected);
    expect(bench.state.orders.get('o1')?.outcome).toBe(expected === 'permit_ended' ? 'dead' : 'open');
  });

  it('from before a revoke is not sent under the permit after it', () => {
    const bench = new Bench();
    bench.hold();
    bench.order();
    bench.machine.revoke();
    renew(bench);
    expect(bench.state.held).not.toBeNull();
    expect(bench.release()).toBe('permit_ended');
  });

  it('is sent by what the machine has made, and once', () => {
    const bench = new Bench();
    bench.hold();
    bench.order();
    expect(bench.release({ ...bench.admitted })).toBe('not_admitted');
    expect(bench.release()).toBe(5);
    expect(bench.release()).toBe('not_admitted');
    bench.order({ clientOrderId: 'o2' });
    expect(bench.machine.drop(bench.admitted)).toBe(true);
    expect(bench.release()).toBe('not_admitted');
    expect(bench.trade({ clientOrderId: 'o2' })).toBe('order_replayed');
  });

  it('with a form of its own is refused, not crashed on', () => {
    const bench = new Bench();
    bench.hold();
    for (const signed of [null, {}, 1, { order: null }])
      expect(bench.machine.admit(signed as never)).toMatchObject({
        failures: expect.arrayContaining(['order_posture']),
      });
    expect(bench.trade({ qtyUsd: '50' as never })).toBe('limit_order_size');
    expect(bench.trade({ side: 'BUY' as never })).toBe('limit_position');
    expect(bench.trade({ clientOrderId: ['o1'] as never })).toBe('order_replayed');
  });

  it('only reduces under a permit to reduce', () => {
    const orders = [
      { order: { clientOrderId: 'x', symbol: 'BTC', side: 'buy', qtyUsd: 80 }, deadline: 0, outcome: 'executed' },
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
    bench.halt('h1');
    expect(bench.state.halts).toEqual(['h1']);
    expect(bench.written(false)).toBeUndefined();
    bench.writeHalts();
    expect(bench.writes).toMatchObject([{ what: { halts: ['h1'] } }]);
    expect(bench.written()).toBe('halted');
    bench.writeHalts();
    expect(bench.writes).toEqual([]);
    // Asked for again, it is written again: an answer speaks of the disk as it is.
    bench.halt('h1');
    expect(bench.written()).toBe('halted');
  });

  it('that is asked for while others are written is answered when it is on disk itself', () => {
    const bench = new Bench();
    bench.halt('h1');
    bench.halt('h2');
    expect(bench.writes).toHaveLength(1);
    bench.written();
    bench.writeHalts();
    expect(bench.writes).toMatchObject([{ what: { halts: ['h1', 'h2'] } }]);
    expect(bench.written()).toBe('halted');
  });

  it('holds over permits and restarts, until an approver closes every one', () => {
    const bench = new Bench({ ...empty, halts: ['h1', 'h2'] });
    bench.challenge();
    expect(bench.permit()).toBe('halted');
    const close = (halts: string[], sign: (bytes: string) => string, change: Partial<Pins> = {}) => {
      const said = { ...pins, ...change, halts };
      bench.machine.close({ close: said, signature: sign(bytesOf('close', said)) });
    };
    close(['h1', 'h2'], (bytes) => signAs('guardian', bytes));
    close(['h1', 'h2'], signClose, { stack: 'other' });
    expect(bench.state.halts).toEqual(['h1', 'h2']);
    close(['h1'], signClose);
    expect(bench.permit()).toBe('halted');
    close(['h2'], signClose);
    expect(bench.permit()).toBeUndefined();
  });
});
