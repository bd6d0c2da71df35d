import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { generateSigner } from '../../../evidence/keys';
import { digestBytes } from '../../../posture/digest';
import type { Challenge, Permit } from '../../../protocol/messages';
import { LiveVenue } from '../../helpers/live-venue';
import { post, until } from '../../helpers/start-workload';

const other = digestBytes('another');

describe('a live order under a valid permit', () => {
  let stack: LiveVenue;
  beforeAll(async () => {
    stack = await LiveVenue.start();
    await until(async () => (await stack.get('/health')).status === 200);
  });
  afterAll(() => stack.stop());

  test('is filled at the venue, in time, and is in every record', async () => {
    expect((await stack.order()).body.code).toBe('permit_required');
    expect(await stack.grant()).toEqual({ status: 200, body: { accepted: true } });
    expect(await stack.permitState()).toMatchObject({ state: 'held', token: 1, use: 'trade' });
    const answer = await stack.order({ clientOrderId: 'first' });
    expect(answer).toMatchObject({ status: 200, body: { status: 'filled', mode: 'live', clientOrderId: 'first' } });
    const [execution] = stack.witness('executions');
    expect(execution).toMatchObject({ client_order_id: 'first', token: 1, qty_usd: 100 });
    expect(Number(execution!.venue_ms)).toBeLessThanOrEqual(Number(execution!.deadline));
    expect((await stack.get('/orders/first')).body).toMatchObject({ status: 'filled', mode: 'live' });
    expect((await stack.get('/book?mode=live')).body.positions).toMatchObject([{ symbol: 'BTCUSDT' }]);
    expect((await stack.get('/book')).body.positions).toEqual([]);
  });

  test('is sent once, however often it comes', async () => {
    const order = await stack.makeOrder({ clientOrderId: 'again' });
    const answers = await Promise.all([1, 2, 3, 4].map(() => stack.send(order)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'order_replayed')).toHaveLength(3);
    expect(stack.witness('orders_received').filter((row) => row.client_order_id === 'again')).toHaveLength(1);
    expect((await stack.get('/orders/again')).body.status).toBe('filled');
  });

  test('30: is renewed by another permit; an old one never comes back', async () => {
    const first = stack.makePermit(await stack.challenge());
    expect((await stack.put(first)).status).toBe(200);
    expect((await stack.grant()).status).toBe(200);
    expect((await stack.put(first)).body.failures).toEqual(['permit_nonce', 'permit_token']);
    expect((await stack.order()).status).toBe(200);
  });

  test('keeps to its limits, open orders and what was filled before included', async () => {
    await stack.grant({
      limits: { maxOrderUsd: 500, maxPositionUsd: 700, maxOrdersPerMinute: 1_000, symbols: ['BTCUSDT'] },
    });
    const code = async (changes: object) => (await stack.order(changes)).body.code;
    expect(await code({ qtyUsd: 501 })).toBe('limit_order_size');
    expect(await code({ symbol: 'ETHUSDT' })).toBe('limit_symbol');
    await stack.control({ latencyMs: 300 });
    const before = stack.witness('executions').reduce((sum, row) => sum + Number(row.qty_usd), 0);
    const qtyUsd = (700 - before) / 2 + 1;
    const answers = await Promise.all([stack.order({ qtyUsd }), stack.order({ qtyUsd }), stack.order({ qtyUsd })]);
    await stack.control({ latencyMs: 0 });
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'limit_position')).toHaveLength(2);
    await stack.grant({
      limits: { maxOrderUsd: 500, maxPositionUsd: 5_000, maxOrdersPerMinute: 1, symbols: ['BTCUSDT'] },
    });
    expect(await code({})).toBe('limit_rate');
  });

  test('may only reduce under a permit to reduce', async () => {
    await stack.grant({ use: 'reduce' });
    expect((await stack.order()).body.code).toBe('reduce_only');
    expect((await stack.order({ side: 'sell', qtyUsd: 10 })).status).toBe(200);
  });
});

describe('what is not a permit', () => {
  let stack: LiveVenue;
  beforeAll(async () => {
    stack = await LiveVenue.start();
  });
  afterAll(() => stack.stop());
  afterEach(async () => {
    expect((await stack.order()).body.code).toBe('permit_required');
    expect(stack.witness('orders_received')).toEqual([]);
  });

  test.each<[string, (challenge: Challenge, stack: LiveVenue) => Partial<Permit>]>([
    ['permit_account', () => ({ account: { venue: 'simulated', id: 'sim-2' } })],
    ['permit_stack', () => ({ stack: 'other' })],
    ['permit_genesis', () => ({ genesis: other })],
    ['permit_gateway_start', () => ({ gatewayStart: 'another start' })],
    ['permit_nonce', () => ({ nonce: 'made up' })],
    ['permit_token', ({ token }) => ({ token })],
    ['permit_ledger', () => ({ ledger: { seq: 0, head: other } })],
    ['permit_ledger', ({ ledger }) => ({ ledger: { seq: ledger.seq + 1, head: ledger.head }, extension: [other] })],
    ['permit_lease', () => ({ leaseSeconds: 16 })],
  ])('is refused with %s', async (code, change) => {
    const challenge = await stack.challenge();
    const answer = await stack.put(stack.makePermit(challenge, change(challenge, stack)));
    expect(answer).toMatchObject({ status: 422, body: { code, failures: [code] } });
  });

  test('is refused when an unknown key, another role or nobody signed it, or it was changed', async () => {
    for (const signer of [generateSigner(), stack.trust.signers.approver[0]!, stack.trust.signers.measure[0]!]) {
      const signed = stack.makePermit(await stack.challenge(), {}, signer);
      expect((await stack.put(signed)).body.failures).toEqual(['permit_signature']);
    }
    const { permit, signature } = stack.makePermit(await stack.challenge());
    const raised = { ...permit, limits: { ...permit.limits, maxOrderUsd: 1e9 } };
    expect((await stack.put({ permit: raised, signature })).body.failures).toEqual(['permit_signature']);
    expect((await stack.put({ permit, signature: '' })).body.code).toBe('permit_signature');
    for (const garbage of [null, 1, [], {}, { permit: null }, { permit: { limits: {} }, signature: 1 }])
      expect((await stack.put(garbage)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('what is not an order of the permitted instance', () => {
  let stack: LiveVenue;
  beforeAll(async () => {
    stack = await LiveVenue.start();
  });
  beforeEach(async () => {
    await stack.grant();
  });
  afterAll(() => stack.stop());
  afterEach(() => expect(stack.witness('orders_received')).toEqual([]));

  test('is refused when another instance signed it, or nobody did', async () => {
    expect(await stack.order({}, generateSigner())).toMatchObject({ status: 423, body: { code: 'order_signature' } });
    const { signed: _, ...unsigned } = await stack.makeOrder();
    expect((await stack.send(unsigned)).body.failures).toContain('order_signature');
  });

  test('is refused for another posture or another start of the gateway', async () => {
    expect((await stack.order({ posture: other })).body.code).toBe('order_posture');
    expect((await stack.order({ gatewayStart: 'before' })).body.code).toBe('order_gateway_start');
  });

  test('is refused when what is signed is not what is asked for', async () => {
    const order = await stack.makeOrder();
    expect(await stack.send({ ...order, qtyUsd: 200 })).toMatchObject({ status: 400, body: { code: 'invalid_order' } });
    expect((await stack.send({ ...order, signed: { ...order.signed, extra: 1 } })).status).toBe(400);
  });
});

describe('the end of a permit', () => {
  let stack: LiveVenue;
  beforeEach(async () => {
    stack = await LiveVenue.start();
    await stack.grant();
    expect((await stack.rest('resting')).body.status).toBe('open');
  });
  afterEach(() => stack.stop());

  const isCancelled = () => stack.statusAtVenue('resting') === 'cancelled';

  test('by revoke: orders are refused and open ones cancelled', async () => {
    await post(`${stack.gateway.url}/revoke`, {});
    expect(await stack.order()).toMatchObject({ status: 423, body: { code: 'permit_expired' } });
    await until(isCancelled);
    expect(stack.witness('executions')).toEqual([]);
  });

  test('by halt: nothing is executed, and no permit accepted until an approver has closed it', async () => {
    await stack.control({ latencyMs: 700 });
    const underWay = stack.order({ clientOrderId: 'under-way' });
    await until(() => stack.statusAtVenue('under-way') === 'open');
    await stack.halt({ reason: 'one', by: 'operator' });
    expect((await underWay).body.code).toBe('order_cancelled');
    await until(isCancelled);
    expect((await stack.order()).body.code).toBe('halted');
    await stack.halt({ reason: 'two', by: 'guardian', id: 'halt-two' });
    await stack.halt({ reason: 'two', by: 'guardian', id: 'halt-two' });
    await stack.restartGateway();
    const { halts } = await stack.challenge();
    expect(halts).toHaveLength(2);
    expect((await stack.grant()).body.failures).toEqual(['halted']);
    expect((await stack.close(halts, stack.trust.signers.guardian[0])).body.code).toBe('close_refused');
    expect((await stack.close([halts[0]!])).body).toEqual({ closed: [halts[0]], halts: ['halt-two'] });
    expect((await stack.grant()).body.failures).toEqual(['halted']);
    expect((await stack.close(halts)).body.halts).toEqual([]);
    expect((await stack.get('/health')).body.halt).toBeNull();
    await stack.restartGateway();
    expect((await stack.grant()).status).toBe(200);
    expect(stack.witness('executions')).toEqual([]);
  });

  test('by a latch file that appears: as by a halt', async () => {
    const halt = { haltedAt: new Date().toISOString(), reason: 'by hand', by: 'operator' };
    writeFileSync(path.join(stack.dataDir, 'halt.json'), JSON.stringify(halt));
    await until(async () => (await stack.permitState()).state === 'expired');
    await until(isCancelled);
    expect((await stack.grant()).body.failures).toEqual(['halted']);
  });

  test('30: by a pause past the limit: an order that waited is refused, and so is a permit that waited', async () => {
    const late = stack.makePermit(await stack.challenge());
    const order = await stack.makeOrder();
    stack.gateway.process.kill('SIGSTOP');
    const since = performance.now();
    const sent = stack.send(order);
    await until(() => performance.now() - since > 1_500);
    stack.gateway.process.kill('SIGCONT');
    expect((await sent).body.code).toBe('permit_expired');
    expect((await stack.put(late)).body.failures).toContain('permit_nonce');
    await until(isCancelled);
    expect((await stack.grant()).status).toBe(200);
    expect((await stack.order()).status).toBe(200);
  });

  test('by a kill: the permit is gone, the open orders are cancelled, the token stays', async () => {
    await stack.grant();
    const before = stack.makePermit(await stack.challenge());
    await stack.restartGateway();
    await until(isCancelled);
    expect((await stack.order()).body.code).toBe('permit_required');
    expect((await stack.put(before)).body.failures).toEqual(['permit_gateway_start', 'permit_nonce']);
    const challenge = await stack.challenge();
    expect(challenge.token).toBe(2);
    expect((await stack.put(stack.makePermit(challenge, { token: 2 }))).body.failures).toEqual(['permit_token']);
  });

  test('by the lease: orders are refused and open ones cancelled', { timeout: 20_000 }, async () => {
    const challenge = await stack.challenge();
    await stack.put(stack.makePermit(challenge, { leaseSeconds: 1 }));
    expect((await stack.rest('resting too')).body.status).toBe('open');
    await until(async () => (await stack.permitState()).state === 'expired');
    expect((await stack.order()).body.code).toBe('permit_expired');
    await until(() => stack.statusAtVenue('resting too') === 'cancelled');
  });
});

describe('the venue', () => {
  let stack: LiveVenue;
  beforeEach(async () => {
    stack = await LiveVenue.start();
    await stack.grant();
    // Until the venue's time is known.
    await until(async () => (await stack.order({ qtyUsd: 1 })).status === 200);
  });
  afterEach(() => stack.stop());

  test('executes nothing after the deadline, however slow it is', async () => {
    await stack.control({ latencyMs: 1_200 });
    expect(await stack.order({ clientOrderId: 'slow' })).toMatchObject({
      status: 422,
      body: { code: 'deadline_passed' },
    });
    expect(stack.statusAtVenue('slow')).toBe('expired');
    expect((await stack.get('/orders/slow')).body).toMatchObject({ status: 'refused', code: 'deadline_passed' });
    await stack.control({ latencyMs: 0, rejectNext: 1 });
    expect((await stack.order()).body.code).toBe('order_rejected');
    expect((await stack.order()).status).toBe(200);
  });

  test('is out of service: an order that met it is never filled, and trading goes on', {
    timeout: 20_000,
  }, async () => {
    await stack.control({ outageSeconds: 2 });
    expect(await stack.order({ clientOrderId: 'lost' })).toMatchObject({
      status: 503,
      body: { code: 'outcome_unknown' },
    });
    expect((await stack.get('/orders/lost')).body.status).toBe('open');
    await until(async () => (await stack.get('/orders/lost')).body.status === 'refused');
    expect((await stack.get('/orders/lost')).body.code).toBe('venue_unreachable');
    expect((await stack.order()).status).toBe(200);
    expect(stack.witness('executions').map((row) => row.client_order_id)).not.toContain('lost');
  });

  test('fills an order whose answer is lost with the gateway: it is found again', { timeout: 20_000 }, async () => {
    await stack.control({ latencyMs: 300 });
    const sent = stack.order({ clientOrderId: 'answer-lost' }).catch(() => undefined);
    await until(() => stack.statusAtVenue('answer-lost') === 'open');
    stack.gateway.process.kill('SIGSTOP');
    await until(() => stack.statusAtVenue('answer-lost') === 'filled');
    await stack.restartGateway();
    await sent;
    await until(async () => (await stack.get('/orders/answer-lost')).body.status === 'filled');
    const positions = (await stack.get('/book?mode=live')).body.positions as { symbol: string }[];
    expect(positions).toHaveLength(1);
  });
});

describe('a gateway without a usable trust root', () => {
  let stack: LiveVenue;
  beforeEach(async () => {
    stack = await LiveVenue.start({ trusted: false });
  });
  afterEach(() => stack.stop());

  test('accepts no permit, and takes up what keys init leaves', async () => {
    expect((await stack.get('/challenge')).body.code).toBe('live_unavailable');
    expect((await stack.put({})).body.code).toBe('live_unavailable');
    expect((await stack.order()).body.code).toBe('permit_required');
    stack.pin();
    await until(async () => (await stack.get('/challenge')).status === 200);
    expect((await stack.grant()).status).toBe(200);
  });

  test('says why a trust root is not its own, and never forgets a token', async () => {
    await stack.gateway.stop('SIGKILL');
    stack.pin();
    await stack.startGateway({ CUTOVER_STACK: 'other' });
    expect(String(((await stack.permitState()) as { reason?: string }).reason)).toContain('stack: expected other');
    await stack.restartGateway();
    expect((await stack.grant()).status).toBe(200);
    const file = path.join(stack.dataDir, 'permit-state.json');
    const text = readFileSync(file, 'utf8');
    await stack.gateway.stop('SIGKILL');
    for (const broken of ['', text.slice(0, 40), text.replace(stack.trust.root.genesis, other)]) {
      writeFileSync(file, broken);
      await stack.startGateway();
      expect((await stack.get('/challenge')).body.code).toBe('live_unavailable');
      expect((await stack.order()).body.code).toBe('permit_required');
      await stack.gateway.stop('SIGKILL');
    }
    writeFileSync(file, text);
    await stack.startGateway();
    expect((await stack.challenge()).token).toBe(1);
  });

  test('leaves the live side to the gateway that has the folder', async () => {
    stack.pin();
    await until(async () => (await stack.get('/challenge')).status === 200);
    const first = stack.gateway;
    await stack.startGateway();
    try {
      expect((await stack.get('/challenge')).body.message).toContain('another gateway process');
      expect((await stack.order()).body.code).toBe('permit_required');
    } finally {
      await stack.gateway.stop('SIGKILL');
      stack.gateway = first;
    }
  });
});
