import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postureFile } from '../../../platforms/process/home';
import { leaseSeconds } from '../../../protocol/constants';
import { stackFiles } from '../../../scripts/shared/stack-files';
import { makeProject, prepareEngine, set, type TestProject } from '../../helpers/project';
import { initialiseKeys } from '../../helpers/ready-project';
import { storeProofs } from '../../helpers/store-proofs';
import { makeTrust } from '../../helpers/trust';

// Attack 24 on the real engine: edits of its state, --target, the guardian destroyed. Then, on the same stack, that a
// rise is refused and a fall passes with ledger and evidence unreadable, and attack 33, the rollback that needs neither.
let project: TestProject;
const trust = makeTrust({ now: Date.now() - 1_000 });
const patient = { timeout: 60_000, interval: 100 };
const proofs = ['preflight', 'snapshot', 'canary', 'drill'] as const;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
});
afterAll(() => project?.destroy());

const files = () => stackFiles(project.place);
const permit = async () => (await project.get('gateway', '/health')).permit;
const mode = async () => (await project.get('backend', '/health')).tradingMode;
const trade = () =>
  project.post('backend', '/api/trade/execute', { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 10, confidence: 0.99 });
const executions = () =>
  project.query('simulated-venue', 'venue.db', 'SELECT venue_ms AS venueMs FROM executions ORDER BY id');
const plain = (...args: string[]) => project.pulumi(...args, '--stack', 'main', '--yes', '--skip-preview');

// biome-ignore lint/suspicious/noExplicitAny: the engine's state
async function readState(): Promise<any> {
  const { json, stderr } = await project.pulumi('stack', 'export', '--stack', 'main');
  expect(json, stderr).toBeDefined();
  return json;
}

/** The name that the engine gives to a workload's resource. */
async function urnOf(name: string): Promise<string> {
  const { deployment } = await readState();
  return deployment.resources.find(({ urn }: { urn: string }) => urn.endsWith(`::${name}`)).urn;
}

async function expectRefused(): Promise<void> {
  const refused = await project.cutover('up');
  expect(refused.exitCode, refused.stderr).toBe(3);
  const words = JSON.stringify(refused.json.violations);
  for (const proof of proofs) expect(words).toContain(proof);
}

describe('24: live is not reached by way of the engine', { timeout: 900_000 }, () => {
  it('a state that was edited to say live before is no excuse', async () => {
    const up = await project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    initialiseKeys(project, trust);
    const state = await readState();
    for (const { type, inputs, outputs } of state.deployment.resources) {
      if (type !== 'cutover:index:Posture') continue;
      for (const value of [inputs, outputs]) value.posture.tradingMode = 'live';
    }
    const file = path.join(project.dir, '.git', 'edited-state.json');
    writeFileSync(file, JSON.stringify(state));
    const imported = await project.pulumi('stack', 'import', '--stack', 'main', '--file', file);
    expect(imported.exitCode, imported.stderr).toBe(0);
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    await expectRefused();
    expect(await mode()).toBe('paper');
  });

  it('--target of the backend alone is refused by the pack', async () => {
    const target = await urnOf('backend');
    const refused = await plain('up', '--target', target, '--policy-pack', 'policies/live-promotion');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout).toContain('no proof of');
    expect(await mode()).toBe('paper');
    expect(executions()).toEqual([]);
  });

  it('with every proof the same change is allowed, and trades', async () => {
    const { posture } = JSON.parse(readFileSync(postureFile(project.place), 'utf8'));
    const store = { trust, ledger: files().guardian.ledger, evidence: files().evidence };
    storeProofs(store, null, { ...posture, tradingMode: 'live' }, proofs);
    const up = await project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    await expect.poll(async () => (await permit()).state, patient).toBe('held');
    await expect.poll(trade, patient).toMatchObject({ executed: true, dryRun: false });
    expect(executions().length).toBeGreaterThan(0);
  });

  it('the guardian destroyed: within one lease no order is accepted any more', async () => {
    const destroyed = await plain('destroy', '--target', await urnOf('guardian'));
    expect(destroyed.exitCode, destroyed.stdout + destroyed.stderr).toBe(0);
    const { time } = await project.get('simulated-venue', '/time');
    await expect.poll(async () => (await permit()).state, patient).toBe('expired');
    const record = executions();
    expect(await trade()).toMatchObject({ status: 423, code: 'permit_expired' });
    expect(executions()).toHaveLength(record.length);
    expect(record.at(-1)!.venueMs).toBeLessThanOrEqual(time + leaseSeconds * 1000);
  });

  it('the next up brings it back, and its grant still stands', async () => {
    const up = await project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    await expect.poll(trade, patient).toMatchObject({ executed: true });
  });
});

describe('with ledger and evidence of garbage', { timeout: 900_000 }, () => {
  let broken: string[];

  it('a rise is refused with exit code 3, and what runs stays as it is', async () => {
    const { guardian, evidence } = files();
    broken = [guardian.ledger, ...readdirSync(evidence).map((name) => path.join(evidence, name))];
    expect(broken).toHaveLength(6);
    for (const file of broken) writeFileSync(file, 'garbage\n');
    // By a commit of its own, which no revert below takes back.
    project.git('add', '--all');
    project.git('commit', '--quiet', '--message', 'Evidence');
    project.configure('One more agent', (config) => set(config, ['agents', 'quant_company_agent', 'enabled'], true));
    const before = await project.pids();
    const refused = await project.cutover('up');
    expect(refused.exitCode, refused.stderr).toBe(3);
    expect(JSON.stringify(refused.json.violations)).toContain('ledger_unreadable');
    expect(await project.pids()).toEqual(before);
    project.git('revert', '--no-edit', 'HEAD');
  });

  it('33: a rollback, live to paper by up with the pack, passes with exit code 0', async () => {
    const rollback = await project.cutover('rollback', '--reason', 'nothing can be read');
    expect(rollback.exitCode, rollback.stderr).toBe(0);
    expect(rollback.json).toMatchObject({ tradingMode: 'paper', violations: [], differences: [] });
    expect(await mode()).toBe('paper');
    expect((await permit()).state).not.toBe('held');
  });

  it('33: a promotion that is dressed as the revert of it is refused', async () => {
    const record = executions();
    project.git('revert', '--no-edit', 'HEAD');
    const refused = await project.cutover('up');
    expect(refused.exitCode, refused.stderr).toBe(3);
    expect(await mode()).toBe('paper');
    expect(executions()).toEqual(record);
  });

  it('nobody has rewritten anything', () => {
    for (const file of broken) expect(readFileSync(file, 'utf8'), file).toBe('garbage\n');
  });
});
