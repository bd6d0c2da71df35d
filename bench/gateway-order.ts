import { randomUUID } from 'node:crypto';
import type { Order } from '../protocol/messages';
import { type LiveSystem, openLiveSystem, request } from './live-system';
import { type BenchResult, median, timeOf } from './measure';

/** Orders of each side in one run, after as many that are not counted. */
const ordersPerRun = 50;
/** The largest part of the orders that may miss their deadline of less than a second; medians do not feel it. */
const mostLate = 0.1;
const aim = 3;
/** What an order on a busy machine may come too late for: its deadline, or the permit's. */
const lateCodes = ['deadline_passed', 'order_deadline', 'permit_expired'];

/**
 * A live order through the gateway, up to its fill, against the same order sent to the venue directly, one after the
 * other in turn. The gateway judges it, writes it to disk before it is sent and its outcome after. Milliseconds.
 * @throws Error when an order is refused, or too many come too late
 */
export async function benchGatewayOrder(_progress: (message: string) => void, count = 7): Promise<BenchResult[]> {
  const system = await openLiveSystem();
  try {
    const times: { ours: number; peer: number }[] = [];
    let late = 0;
    for (let index = -ordersPerRun; times.length < count * ordersPerRun; index += 1) {
      const side = index % 2 === 0 ? 'buy' : 'sell';
      const pair = { ours: await throughGateway(system, side), peer: await direct(system, side) };
      if (index < 0) continue;
      if (pair.ours !== null && pair.peer !== null) times.push({ ours: pair.ours, peer: pair.peer });
      else late += 1;
      if (late > mostLate * count * ordersPerRun)
        throw new Error(`${late} orders came later than their deadline: this machine is too busy to measure on`);
    }
    const ours = 1_000 * median(times.map((pair) => pair.ours));
    const peer = 1_000 * median(times.map((pair) => pair.peer));
    return [{ name: 'gateway-order', ours, peer, ratio: ours / peer, aim, ok: ours / peer <= aim, unit: 'ms' }];
  } finally {
    await system.close();
  }
}

function newOrder(side: Order['side']): Order {
  return { clientOrderId: randomUUID(), symbol: 'BTCUSDT', side, qtyUsd: 100 };
}

/** The trader's own work, its signature, is not counted. */
function throughGateway(system: LiveSystem, side: Order['side']): Promise<number | null> {
  const order = newOrder(side);
  return timeOrder(`${system.gatewayUrl}/orders`, { ...order, mode: 'live', signed: system.sign(order) });
}

/** As the gateway sends it: with a deadline and a token. */
async function direct(system: LiveSystem, side: Order['side']): Promise<number | null> {
  const { time } = (await request('GET', `${system.venueUrl}/time`)).body;
  const order = { ...newOrder(side), deadline: Number(time) + 775, token: 1 };
  return timeOrder(`${system.venueUrl}/orders`, order, system.venueHeaders);
}

/** @returns seconds; null when it came too late */
async function timeOrder(url: string, order: object, headers = {}): Promise<number | null> {
  let answer: Awaited<ReturnType<typeof request>> | undefined;
  const seconds = await timeOf(async () => {
    answer = await request('POST', url, order, headers);
  });
  if (answer?.body.status === 'filled') return seconds;
  if (lateCodes.includes(String(answer?.body.code))) return null;
  throw new Error(`POST ${url}: expected a filled order, received ${answer?.status} ${JSON.stringify(answer?.body)}`);
}
