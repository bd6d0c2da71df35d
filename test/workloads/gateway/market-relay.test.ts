import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MarketRelay } from '../../../workloads/gateway/market-relay';

const candle = { time: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 };
const good = { symbol: 'A', feedId: 'f', market: 'open', intervalSeconds: 60, usdPerQuote: 1, candles: [candle] };

let server: Server;
let url: string;
let requests: string[];
let answer: { status: number; body: string; location?: string };
let now: number;
beforeEach(async () => {
  requests = [];
  answer = { status: 200, body: JSON.stringify(good) };
  now = 0;
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(answer.status, answer.location ? { location: answer.location } : {}).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('counts the venue as reachable for five seconds after an answer', async () => {
  const relay = new MarketRelay(url, ['A'], () => now);
  expect(relay.isReachable()).toBe(false);
  await relay.candles('A', 1);
  now = 5_000;
  expect(relay.isReachable()).toBe(true);
  now = 5_001;
  expect(relay.isReachable()).toBe(false);
  server.closeAllConnections();
  server.close();
  await expect(relay.candles('A', 1)).rejects.toMatchObject({ status: 503, code: 'market_unavailable' });
  expect(relay.isReachable()).toBe(false);
  expect(relay.lastMarkets()).toHaveLength(1);
});

test('asks at most every quarter of a second, and only for health and candles', async () => {
  const relay = new MarketRelay(url, ['A'], () => now);
  await relay.candles('A', 64);
  now = 250;
  await relay.candles('A', 1);
  expect(requests).toHaveLength(1);
  now = 251;
  await relay.candles('A', 1);
  const rounds = relay.poll(() => relay.stop());
  await rounds;
  expect(requests.slice(1)).toEqual(['GET /candles?symbol=A&limit=128', 'GET /health']);
});

test.each([
  ['no JSON', 'nonsense'],
  ['an empty document', '{}'],
  ['no candles', JSON.stringify({ ...good, candles: [] })],
  ['another symbol', JSON.stringify({ ...good, symbol: 'B' })],
  ['a negative price', JSON.stringify({ ...good, candles: [{ ...candle, close: -1 }] })],
  ['an endless price', JSON.stringify({ ...good, candles: [candle] }).replace('"close":1', '"close":1e999')],
])('takes no price from an answer with %s', async (_what, body) => {
  answer = { status: 200, body };
  await expect(new MarketRelay(url, ['A'], () => now).candles('A', 1)).rejects.toMatchObject({ status: 503 });
});

test('follows no redirect and takes no candles from a failed answer', async () => {
  const relay = new MarketRelay(url, ['A'], () => now);
  answer = { status: 302, body: '', location: `${url}/orders` };
  await expect(relay.candles('A', 1)).rejects.toMatchObject({ status: 503 });
  answer = { status: 500, body: JSON.stringify(good) };
  await expect(relay.candles('A', 1)).rejects.toMatchObject({ status: 503 });
  expect(relay.isReachable()).toBe(false);
  expect(requests).toHaveLength(2);
});
