import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';

/** A backend that claims paper mode and a valid permit, and sends live orders to everyone: see the fixture. */

const fixture = path.resolve(__dirname, '..', 'fixtures', 'lying-backend.js');
const patience = { timeout: 60_000, interval: 100 };
let project: TestProject;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
  project.configure('Replace the backend', (config) =>
    set(config, ['workloads', 'backend', 'command'], [process.execPath, fixture, project.address('simulated-venue')]),
  );
});
afterAll(() => project?.destroy());

interface Attempt {
  readonly target: 'gateway' | 'gateway, forged' | 'venue';
  readonly shape: string;
  readonly status: number;
  readonly code: string | null;
}

/** What came of everything that the backend tried, the agent's orders included. */
async function attempts(): Promise<Attempt[]> {
  let results: Attempt[] = [];
  await expect
    .poll(async () => {
      const report = await project.get('backend', '/report');
      results = report.results;
      return report.finished && results.filter(({ shape }) => shape === 'an order of an agent').length > 1;
    }, patience)
    .toBe(true);
  return results;
}

/** Everything that reached the venue, by what became of it. */
function venueRecord(): Record<string, unknown>[] {
  return project.query(
    'simulated-venue',
    'venue.db',
    'SELECT authenticated, status, count(*) AS count FROM orders_received GROUP BY authenticated, status',
  );
}

async function expectNothingTraded(): Promise<void> {
  const results = await attempts();
  const of = (target: Attempt['target']) => results.filter((result) => result.target === target);
  expect(of('gateway').length).toBeGreaterThan(30);
  for (const attempt of of('gateway')) expect(attempt).toMatchObject({ status: 423, code: 'permit_required' });
  expect(of('gateway, forged').length).toBeGreaterThan(15);
  for (const attempt of of('gateway, forged')) {
    expect(attempt.status, JSON.stringify(attempt)).toBeGreaterThanOrEqual(400);
    expect(attempt.status, JSON.stringify(attempt)).toBeLessThan(500);
  }
  expect(of('venue').length).toBeGreaterThan(40);
  for (const attempt of of('venue')) expect(attempt).toMatchObject({ status: 401, code: 'invalid_key' });

  // What it was told is one thing; what the others have on record is another.
  const record = venueRecord();
  expect(record).toMatchObject([{ authenticated: 0, status: 'invalid_key' }]);
  expect(record[0]!.count).toBeGreaterThanOrEqual(of('venue').length);
  const { orders } = await project.get('gateway', '/health');
  expect(orders.accepted).toBe(0);
  expect(orders.refused.permit_required).toBeGreaterThanOrEqual(of('gateway').length);
  expect(await project.get('gateway', '/book')).toMatchObject({ cashUsd: 100_000, positions: [] });
}

test('trades nowhere, whatever it claims and sends', async () => {
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  expect(await project.get('backend', '/health')).toMatchObject({ tradingMode: 'paper', permit: { state: 'valid' } });
  await expectNothingTraded();
});

test('is refused by the pack in a live config like any other', async () => {
  const before = await project.pids();
  project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
  for (const verb of ['preview', 'up']) {
    const refused = await project.cutover(verb);
    expect(refused.exitCode, refused.stderr).toBe(3);
    expect(refused.json.violations.map(({ policy }: { policy: string }) => policy)).toContain('refuse-live-posture');
    expect(await project.pids()).toEqual(before);
  }
});

test('trades nowhere in a stack that was brought up live without the pack', async () => {
  const before = await project.pids();
  const up = await project.pulumi('up', '--yes', '--skip-preview', '--stack', 'main');
  expect(up.exitCode, up.stdout + up.stderr).toBe(0);
  expect((await project.pids()).backend).not.toBe(before.backend);
  await expectNothingTraded();
  const status = await project.cutover('status');
  expect(status.exitCode).toBe(4);
  expect(status.json.problems).toEqual(['the backend says paper mode, but the stack was brought up in live']);
});
