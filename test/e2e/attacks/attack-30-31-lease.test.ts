import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecord } from '../../../platforms/process/record';
import type { WorkloadName } from '../../../posture/posture';
import { leaseSeconds } from '../../../protocol/constants';
import { freePort } from '../../helpers/free-port';
import { makeRealSystem, type RealSystem } from '../../helpers/real-system';
import { post, type RunningWorkload, startWorkload } from '../../helpers/start-workload';

// Attacks 30 and 31 on real processes: a guardian that is cut off, and a second trader instance beside the one that was
// bound, as a rolling update starts one. The venue's own record is the judge.
let system: RealSystem;
let surge: RunningWorkload | undefined;
const patient = { timeout: 40_000, interval: 100 };
const order = { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 10, confidence: 0.99 };
const permit = async () => (await system.get('gateway', '/health')).permit;
const trade = () => system.post('backend', '/api/trade/execute', order);

beforeAll(async () => {
  system = await makeRealSystem();
  system.initialise();
  const live = await system.up('live');
  system.prove(null, live, ['preflight', 'snapshot', 'canary', 'drill']);
}, 120_000);
afterAll(async () => {
  await surge?.stop('SIGKILL');
  if (system) signal('guardian', 'SIGCONT');
  await system?.destroy();
}, 60_000);

function signal(workload: WorkloadName, name: NodeJS.Signals): void {
  process.kill(readRecord({ stack: 'main', home: system.home }, workload)!.pid, name);
}

/** What the venue executed, by its own record. Times are the venue's, milliseconds. */
function executions(): { venueMs: number; token: number }[] {
  const file = path.join(system.operations.dataOf('simulated-venue'), 'venue.db');
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare('SELECT venue_ms AS venueMs, token FROM executions ORDER BY id').all();
    return rows as { venueMs: number; token: number }[];
  } finally {
    database.close();
  }
}

const venueTime = async () => (await system.get('simulated-venue', '/time')).time as number;

describe('a guardian that is stopped', { timeout: 90_000 }, () => {
  let stoppedAt: number;

  it('leaves the permit that is held: the bound instance trades, under it', async () => {
    await expect.poll(async () => (await permit()).state, patient).toBe('held');
    await expect.poll(trade, patient).toMatchObject({ executed: true, dryRun: false });
    stoppedAt = await venueTime();
    signal('guardian', 'SIGSTOP');
    expect(await trade()).toMatchObject({ executed: true });
  });

  it('30: meanwhile an instance that was not bound is refused, and the bound one is not', async () => {
    const { environment } = system.declare('live').inputs.backend;
    const dataDir = path.join(system.home, 'surge');
    surge = await startWorkload('workloads/backend/server.ts', {
      ...environment,
      DATA_DIR: dataDir,
      PORT: String(await freePort()),
    });
    const refused = await post(`${surge.url}/api/trade/execute`, order);
    expect(refused).toMatchObject({ status: 423, body: { code: 'order_signature' } });
    expect(await trade()).toMatchObject({ executed: true });
    await surge.stop('SIGKILL');
    surge = undefined;
  });

  it('31: within one lease no order is accepted any more', async () => {
    await expect.poll(async () => (await permit()).state, patient).toBe('expired');
    const last = executions().length;
    for (let asked = 0; asked < 5; asked++) expect(await trade()).toMatchObject({ code: 'permit_expired' });
    const record = executions();
    expect(record).toHaveLength(last);
    // The lease began before the guardian was stopped, and every deadline lies within it.
    expect(record.at(-1)!.venueMs).toBeLessThanOrEqual(stoppedAt + leaseSeconds * 1000);
  });

  it('31: goes on under a newer token when it runs again', async () => {
    const earlier = executions();
    signal('guardian', 'SIGCONT');
    await expect.poll(async () => (await permit()).state, patient).toBe('held');
    await expect.poll(trade, patient).toMatchObject({ executed: true });
    const later = executions().slice(earlier.length);
    expect(later.length).toBeGreaterThan(0);
    for (const { token } of later) expect(token).toBeGreaterThan(earlier.at(-1)!.token);
    expect(system.ledger().openHalts).toEqual([]);
  });
});

describe('a guardian that is killed', { timeout: 90_000 }, () => {
  it('31: within one lease no order is accepted any more; started again it goes on', async () => {
    const killedAt = await venueTime();
    await system.kill('guardian');
    await expect.poll(async () => (await permit()).state, patient).toBe('expired');
    const record = executions();
    expect(await trade()).toMatchObject({ code: 'permit_expired' });
    expect(executions()).toHaveLength(record.length);
    expect(record.at(-1)!.venueMs).toBeLessThanOrEqual(killedAt + leaseSeconds * 1000);
    await system.up('live');
    await expect.poll(trade, patient).toMatchObject({ executed: true });
  });
});
