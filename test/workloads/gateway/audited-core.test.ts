import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateSigner, publicKeyText } from '../../../evidence/keys';
import { type Digest, digestBytes } from '../../../posture/digest';
import { ed25519Verifier, signBytes } from '../../../protocol/ed25519';
import type { Admission } from '../../../protocol/gateway-machine';
import { bytesOf, type OrderRequest, type Permit, type Pins, type SignedOrder } from '../../../protocol/messages';
import { type Door, gatewayStart, keepKey } from '../../../workloads/gateway/door/door';

const root = path.resolve(__dirname, '..', '..', '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** In the order in which to read them: docs/protocol.md lists the same. */
const core = [
  'workloads/gateway/door/door.ts',
  'protocol/gateway-machine.ts',
  'protocol/gateway-state.ts',
  'protocol/accept-permit.ts',
  'protocol/admit-order.ts',
  'protocol/exposure.ts',
  'protocol/deadline.ts',
  'protocol/clock-guard.ts',
  'protocol/check.ts',
  'protocol/constants.ts',
  'protocol/messages.ts',
];
/** Hashes, with tests of their own. */
const outside = ['ledger/chain.ts', 'posture/digest.ts'];

/** Lines that are neither blank nor comment. */
function countLines(file: string): number {
  return read(file)
    .split('\n')
    .filter((line) => !/^\s*($|\/\/|\/\*|\*)/.test(line)).length;
}

/** Everything of ours that a file imports, types included, and what those import. */
function closureOf(file: string, known = new Set<string>()): Set<string> {
  known.add(file);
  for (const [, specifier] of read(file).matchAll(/(?:from|import|require\()\s*'(\.[^']*)'/g)) {
    const target = path.join(path.dirname(file), specifier!);
    if (!target.endsWith('.json') && !known.has(`${target}.ts`)) closureOf(`${target}.ts`, known);
  }
  return known;
}

describe('the audited core', () => {
  it('has 500 lines or less, and imports nothing else', () => {
    const lines = core.map(countLines);
    expect(lines.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(500);
    expect([...closureOf(core[0]!)].sort()).toEqual([...core, ...outside].sort());
  });

  it('is what docs/protocol.md lists, in order and with its lines', () => {
    const rows = [...read('docs/protocol.md').matchAll(/^\| `([a-z/-]+\.ts)` \| (\d+) \|/gm)];
    expect(rows.map(([, file, lines]) => [file, Number(lines)])).toEqual(core.map((file) => [file, countLines(file)]));
    const total = core.map(countLines).reduce((sum, count) => sum + count);
    expect(read('docs/protocol.md')).toContain(`${total} lines`);
  });

  it('alone holds the key and the way to the order endpoint', () => {
    const gateway = [...closureOf('workloads/gateway/server.ts')];
    const having = (pattern: RegExp) => gateway.filter((file) => pattern.test(read(file))).sort();
    expect(having(/x-api-key/)).toEqual([core[0]]);
    expect(having(/keyFile/)).toEqual([core[0]]);
    // The server names the file to the core, and reads no secret itself.
    expect(having(/VENUE_KEY_FILE/)).toEqual(['workloads/gateway/server.ts']);
    expect(having(/readSecret\('/)).toEqual([]);
    expect(read('workloads/gateway/server.ts')).toContain("keepKey(venueUrl, requireEnv('VENUE_KEY_FILE'))");
    // Who can send anything at all: the core, and the relay of public candles, which only reads.
    expect(having(/\bfetch\(|from '(node:)?(https?|http2|net|tls|dgram|undici|child_process)'/)).toEqual([
      core[0],
      'workloads/gateway/market-relay.ts',
    ]);
    expect(read('workloads/gateway/market-relay.ts')).not.toMatch(/method:|body:|headers:|\/orders/);
    expect(having(/new GatewayMachine\(/)).toEqual([core[0]]);
  });
});

/** A venue that fills every order, and its record of what was sent to it. */
const received: { method: string; url: string; key: unknown; body: Record<string, unknown> }[] = [];
const venue = createServer(async (request: IncomingMessage, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { method = '', url = '', headers } = request;
  received.push({ method, url, key: headers['x-api-key'], body: text === '' ? {} : JSON.parse(text) });
  response.setHeader('x-venue-time', '5000000');
  response.end(JSON.stringify(method === 'POST' ? { status: 'filled' } : {}));
});

const folder = mkdtempSync(path.join(tmpdir(), 'door-'));
const keyFile = path.join(folder, 'key');
const pins: Pins = { account: { venue: 'simulated', id: 'one' }, stack: 'main', genesis: digestBytes('genesis') };
const [guardian, approver, trader] = [generateSigner(), generateSigner(), generateSigner()];
const posture = digestBytes('posture');
let url = '';

beforeAll(async () => {
  writeFileSync(keyFile, 'the-key\n');
  venue.listen(0, '127.0.0.1');
  await once(venue, 'listening');
  url = `http://127.0.0.1:${(venue.address() as AddressInfo).port}`;
});
afterAll(() => {
  venue.closeAllConnections();
  venue.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => {
  vi.useRealTimers();
  received.length = 0;
});

async function openDoor(): Promise<Door> {
  const door = keepKey(
    url,
    keyFile,
  )({
    pins,
    verifier: ed25519Verifier({ guardian: [publicKeyText(guardian)], approver: [publicKeyText(approver)] }),
    disk: { token: 0, ledger: { seq: 0, head: pins.genesis }, halts: [], orders: [] },
    savePermit: (_token, _ledger, saved) => saved(true),
    cancelAll: () => {},
  });
  await door.askTime();
  return door;
}

function permit(door: Door, changes: Partial<Permit> = {}) {
  const { nonce, ledger, token } = door.challenge();
  const limits = { maxOrderUsd: 100, maxPositionUsd: 1_000, maxOrdersPerMinute: 10, symbols: ['BTC'] };
  const instance = { key: publicKeyText(trader), starts: ['1'] };
  const [use, leaseSeconds] = ['trade', 15] as const;
  const made = { ...pins, posture, gatewayStart, nonce, ledger, token: token + 1, extension: [], limits, instance };
  const whole: Permit = { ...made, use, leaseSeconds, ...changes };
  const signed = { permit: whole, signature: signBytes(guardian.privateKey, bytesOf('permit', whole)) };
  let failures: readonly string[] | undefined;
  door.accept(signed, (answer) => {
    failures = answer;
  });
  expect(failures).toEqual([]);
  return signed;
}

let ids = 0;
function order(changes: Partial<OrderRequest> = {}): SignedOrder {
  ids += 1;
  const clientOrderId = `o${ids}`;
  const whole: OrderRequest = {
    ...{ clientOrderId, symbol: 'BTC', side: 'buy', qtyUsd: 50, posture, gatewayStart, sentAt: 0 },
    ...changes,
  };
  return { order: whole, signature: signBytes(trader.privateKey, bytesOf('order', whole)) };
}

function admit(door: Door): Admission {
  const admitted = door.admit(order());
  if ('failures' in admitted) throw new Error(`expected an admission, received ${admitted.failures}`);
  return admitted;
}

const sent = () => received.filter(({ method }) => method !== 'GET');

describe('the door', () => {
  it('sends an order that it has admitted, once, with the key', async () => {
    const door = await openDoor();
    permit(door);
    const admission = admit(door);
    expect(await door.send(admission)).toMatchObject({ status: 200, outcome: 'executed' });
    expect(sent()).toMatchObject([
      { method: 'POST', url: '/orders', key: 'the-key', body: { ...admission.order, token: 1 } },
    ]);
    expect(await door.send(admission)).toEqual({ failures: ['not_admitted'] });
    expect(sent()).toHaveLength(1);
  });

  it.each<[string, (admission: Admission) => Admission]>([
    ['a plain object', () => ({ order: order().order, deadline: 5_000_700 })],
    ['a copy', (admission) => ({ ...admission })],
    ['one made after it', (admission) => Object.create(admission)],
  ])('sends no %s', async (_, forge) => {
    const door = await openDoor();
    permit(door);
    expect(await door.send(forge(admit(door)))).toEqual({ failures: ['not_admitted'] });
    expect(sent()).toEqual([]);
  });

  it("sends no other door's admission, and none that was given up", async () => {
    const [door, other] = [await openDoor(), await openDoor()];
    permit(door);
    permit(other);
    expect(await door.send(admit(other))).toEqual({ failures: ['not_admitted'] });
    const admission = admit(door);
    door.drop(admission);
    expect(await door.send(admission)).toEqual({ failures: ['not_admitted'] });
    expect(sent()).toEqual([]);
  });

  it.each<[string, (door: Door) => void]>([
    ['a revoke', (door) => door.revoke()],
    ['a halt', (door) => door.halt('h1')],
    ['a pause', () => void vi.advanceTimersByTime(1_001)],
    ['its deadline', () => void vi.advanceTimersByTime(800)],
    ['a step of the wall clock', () => void vi.setSystemTime(Date.now() + 1_500)],
    ["another posture's permit", (door) => void permit(door, { posture: digestBytes('another') as Digest })],
    ['a permit to reduce', (door) => void permit(door, { use: 'reduce' })],
    [
      'a revoke and a new permit',
      (door) => {
        door.revoke();
        permit(door);
      },
    ],
  ])('sends nothing that was admitted before %s', async (_, end) => {
    const door = await openDoor();
    permit(door);
    const admission = admit(door);
    end(door);
    expect(await door.send(admission)).toEqual({ failures: ['permit_ended'] });
    expect(await door.send(admission)).toEqual({ failures: ['not_admitted'] });
    expect(sent()).toEqual([]);
  });

  it('sends nothing that was admitted before the end of the lease', async () => {
    const door = await openDoor();
    permit(door, { leaseSeconds: 0.5 });
    const admission = admit(door);
    vi.advanceTimersByTime(500);
    expect(await door.send(admission)).toEqual({ failures: ['permit_ended'] });
    expect(door.view().held).toBeNull();
    expect(sent()).toEqual([]);
  });

  it('admits nothing without a permit, and nothing over a halt', async () => {
    const door = await openDoor();
    expect(door.admit(order())).toEqual({ failures: ['permit_required'] });
    permit(door);
    door.halt('h1');
    expect(door.admit(order())).toEqual({ failures: ['halted'] });
  });

  it('judges copies: what is changed after it was judged changes nothing', async () => {
    const door = await openDoor();
    const signed = permit(door) as { permit: { limits: { maxOrderUsd: number } } };
    signed.permit.limits.maxOrderUsd = 1e9;
    (door.view().held!.permit.limits as { maxOrderUsd: number }).maxOrderUsd = 1e9;
    expect(door.admit(order({ qtyUsd: 101 }))).toEqual({ failures: ['limit_order_size'] });
    const admission = admit(door);
    expect(() => Object.assign(admission, { deadline: 1e12 })).toThrow(TypeError);
    expect(() => Object.assign(admission.order, { qtyUsd: 1e9 })).toThrow(TypeError);
  });

  it('does not open without the key', () => {
    expect(() => keepKey(url, path.join(folder, 'none'))).toThrow('ENOENT');
    writeFileSync(path.join(folder, 'empty'), '\n');
    expect(() => keepKey(url, path.join(folder, 'empty'))).toThrow('expected an API key');
  });
});
