import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operations } from '../../platforms/platform';
import { haltStack } from '../../scripts/halt';
import { HaltLatch } from '../../workloads/gateway/halt-latch';
import { HaltRecords } from '../../workloads/gateway/halt-records';
import { fakeOperations } from '../helpers/fake-operations';
import { freePort } from '../helpers/free-port';

let folder: string;
let gateway: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-halt-'));
});
afterEach(() => {
  gateway?.closeAllConnections();
  gateway?.close();
  gateway = undefined;
  rmSync(folder, { recursive: true });
});

const latchFile = () => path.join(folder, 'gateway', 'data', 'halt.json');
const halt = (operations: Operations) => haltStack('main', operations, 'spread looks wrong');

/** A gateway that accepts one order more each time it is asked, if it is told to. */
async function serve(options: { trading?: boolean; silent?: boolean }): Promise<{ address: string; told: string[] }> {
  const told: string[] = [];
  let accepted = 7;
  gateway = createServer(async (request, response) => {
    if (request.method === 'POST') told.push(Buffer.concat(await request.toArray()).toString());
    if (options.silent) return;
    if (options.trading) accepted += 1;
    response.end(JSON.stringify({ orders: { accepted } }));
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  return { address: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, told };
}

describe('haltStack', () => {
  it('needs nothing: no stack, no gateway, no data', async () => {
    const operations = fakeOperations(folder);
    const report = await halt(operations);
    expect(report).toMatchObject({ halted: true, reason: 'spread looks wrong', problems: [] });
    expect(JSON.parse(readFileSync(latchFile(), 'utf8'))).toMatchObject({
      reason: 'spread looks wrong',
      haltedAt: report.haltedAt,
    });
    expect(operations.stopped).toEqual(['orchestrator']);
  });

  it('tells the gateway, and does not need its answer', async () => {
    const { address, told } = await serve({ silent: true });
    const report = await halt(fakeOperations(folder, { addressOf: async () => address }));
    expect(told.map((text) => JSON.parse(text).reason)).toEqual(['spread looks wrong']);
    expect(report.halted).toBe(true);
    expect(existsSync(latchFile())).toBe(true);
  });

  it('keeps the reason and the time of an earlier halt', async () => {
    const first = await halt(fakeOperations(folder));
    const second = await haltStack('main', fakeOperations(folder), 'again');
    expect(second).toMatchObject({ halted: true, haltedAt: first.haltedAt, reason: 'spread looks wrong' });
  });

  it('leaves a halt over a halt, with its own words, for the gateway that does not answer', async () => {
    await halt(fakeOperations(folder));
    await haltStack('main', fakeOperations(folder), 'again');
    const left: string[] = [];
    const records = new HaltRecords(path.join(folder, 'gateway', 'data'));
    records.takeUp((id) => left.push(id) > 0);
    expect(left.map((id) => records.find(id))).toMatchObject([{ reason: 'again', by: userInfo().username }]);
  });

  it('is one halt where the gateway answers', async () => {
    const data = path.join(folder, 'gateway', 'data');
    const { address, told } = await serve({});
    await halt(fakeOperations(folder, { addressOf: async () => address }));
    expect(new HaltLatch(data).id()).toBe(JSON.parse(told[0]!).id);
    new HaltRecords(data).takeUp(() => expect.unreachable());
  });

  const breaks = (): never => {
    throw new Error('broken');
  };
  it.each<[string, Partial<Operations>]>([
    ['addressOf', { addressOf: breaks }],
    ['logsOf', { logsOf: breaks }],
    ['stop', { stop: async () => breaks() }],
    ['remainsOf', { remainsOf: breaks }],
    ['dataOf the orchestrator', {}],
    ['dataOf the gateway', {}],
  ])('tries every other step when %s fails, and says what failed', async (name, replaced) => {
    const operations = fakeOperations(folder, replaced);
    const failing = /^dataOf the (.*)$/.exec(name)?.[1];
    const { dataOf } = operations;
    if (failing) operations.dataOf = (workload) => (workload === failing ? breaks() : dataOf(workload));
    const report = await halt(operations);
    expect(report.halted).toBe(false);
    expect(report.problems).toEqual(expect.arrayContaining([expect.stringMatching(/broken$/)]));
    expect(existsSync(latchFile())).toBe(name !== 'dataOf the gateway');
    if (name !== 'stop') expect(operations.stopped).toEqual(['orchestrator']);
  });

  it('says that it is not halted when the latch cannot be written', async () => {
    mkdirSync(path.join(folder, 'gateway'));
    writeFileSync(path.join(folder, 'gateway', 'data'), 'a file where a folder should be');
    const operations = fakeOperations(folder);
    const report = await halt(operations);
    expect(report).toMatchObject({ halted: false, problems: [expect.stringMatching(/^the halt cannot be latched: /)] });
    expect(operations.stopped).toEqual(['orchestrator']);
  });

  it('sees an order that arrives after the halt', async () => {
    const { address } = await serve({ trading: true });
    const report = await halt(fakeOperations(folder, { addressOf: async () => address }));
    expect(report.halted).toBe(false);
    expect(report.problems.join()).toMatch(/the gateway accepted 1 orders .* from outside the orchestrator/);
  });

  it('does not take a gateway that is gone for one that trades', async () => {
    const address = `http://127.0.0.1:${await freePort()}`;
    expect(await halt(fakeOperations(folder, { addressOf: async () => address }))).toMatchObject({ halted: true });
  });

  it('sees a log that still grows, and what still runs', async () => {
    const log = path.join(folder, 'live_trader.log');
    writeFileSync(log, '');
    const writer = spawn('sh', ['-c', `while :; do echo x >> '${log}'; sleep 0.05; done`], { stdio: 'ignore' });
    try {
      const operations = fakeOperations(folder, {
        logsOf: () => [log],
        remainsOf: async () => [`PID ${writer.pid} (sh)`],
      });
      expect((await halt(operations)).problems).toEqual([`PID ${writer.pid} (sh) still runs`, `${log} still grows`]);
    } finally {
      writer.kill('SIGKILL');
      await once(writer, 'exit');
    }
  });

  it('sees a log that appears after the halt', async () => {
    const log = path.join(folder, 'live_trader.log');
    let looks = 0;
    const logsOf = () => {
      looks += 1;
      if (looks === 1) return [];
      appendFileSync(log, 'x');
      return [log];
    };
    expect((await halt(fakeOperations(folder, { logsOf }))).problems).toEqual([`${log} still grows`]);
  });
});
