import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backoffMs } from '../../../../workloads/orchestrator/agents/run-agent';
import { bundleEntry } from '../../../helpers/bundle';
import { type StubServices, startStubServices } from './stub-services';

let stub: StubServices;
const children: ChildProcess[] = [];
beforeEach(async () => {
  stub = await startStubServices();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await stub.close();
});

async function startAgent(name: string, args: string[] = [], change: Record<string, string> = {}) {
  const file = await bundleEntry(`workloads/orchestrator/agents/${name}.ts`);
  const env = {
    PATH: process.env.PATH,
    AGENT_NAME: name,
    SYMBOLS: 'BTCUSDT',
    GATEWAY_URL: stub.url,
    BACKEND_URL: stub.url,
    AGENT_POLL_MS: '20',
    ...change,
  };
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    ended,
    lines: () =>
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

const patient = { timeout: 15_000 };

describe.each(['live_trader', 'quant_company_agent'])('%s', (name) => {
  test('ends when its standard input closes', async () => {
    const { child, ended } = await startAgent(name);
    child.stdin!.end();
    expect(await ended).toBe(0);
  });

  test('ends on SIGTERM, also while no service answers', async () => {
    const agent = await startAgent(name, [], { GATEWAY_URL: 'http://127.0.0.1:9' });
    await expect.poll(() => agent.child.stdout!.readableFlowing, patient).toBe(true);
    await once(agent.child.stdout!, 'data');
    agent.child.kill('SIGTERM');
    expect(await agent.ended).toBe(0);
  });

  test('names every wrong setting at once', async () => {
    const agent = await startAgent(name, ['--qty-usd', '-5'], { BACKEND_URL: 'nowhere', AGENT_POLL_MS: 'soon' });
    expect(await agent.ended).toBe(78);
    const [{ failures, level }] = agent.lines();
    expect(level).toBe('ERROR');
    expect(failures.join('\n')).toMatch(/BACKEND_URL.*AGENT_POLL_MS.*--qty-usd/s);
  });
});

test('live_trader trades once per candle, and once more after it was killed and a candle closed', async () => {
  const first = await startAgent('live_trader', ['--qty-usd', '250']);
  await expect.poll(() => stub.trades.length, patient).toBe(1);
  expect(stub.requests[0]).toMatchObject({ side: 'buy', qtyUsd: 250, agent: 'live_trader' });
  first.child.kill('SIGKILL');
  await first.ended;

  stub.confidence = 0.4;
  const second = await startAgent('live_trader', ['--qty-usd', '250']);
  await expect.poll(() => second.lines().some((line) => line.msg === 'trading'), patient).toBe(true);
  stub.advance();
  await expect.poll(() => stub.trades.length, patient).toBe(2);
  expect(stub.trades.map((trade) => trade.side)).toEqual(['buy', 'sell']);
  expect(stub.requests).toHaveLength(2);
});

test('the delay after failures grows to half a minute', () => {
  expect([1, 2, 3, 7, 50].map(backoffMs)).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
});
