import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLedger } from '../../../ledger/ledger-file';
import { digestPosture } from '../../../posture/posture';
import { stackFiles } from '../../../scripts/shared/stack-files';
import { makeProject, prepareEngine, set, type TestProject } from '../../helpers/project';
import { initialiseKeys } from '../../helpers/ready-project';
import { storeProofs } from '../../helpers/store-proofs';
import { makeTrust } from '../../helpers/trust';

let project: TestProject;
const trust = makeTrust({ now: Date.now() - 1_000 });
const patient = { timeout: 60_000, interval: 100 };

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
});
afterAll(() => project?.destroy());

const files = () => stackFiles(project.place);
const store = () => ({ trust, ledger: files().guardian.ledger, evidence: files().evidence });
const permit = async () => (await project.get('gateway', '/health')).permit;
const trade = () =>
  project.post('backend', '/api/trade/execute', { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 10, confidence: 0.99 });
const asked = async () => (await project.cutover('explain')).json.posture;

async function up(): Promise<void> {
  const ran = await project.cutover('up');
  expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
}

describe('33: a return under live, by rollback --return', { timeout: 900_000 }, () => {
  it('goes back to the live posture before, without halt and without proof', async () => {
    await up();
    initialiseKeys(project, trust);
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    const before = await asked();
    storeProofs(store(), null, before, ['preflight', 'snapshot', 'canary', 'drill']);
    await up();
    await expect.poll(permit, patient).toMatchObject({ state: 'held', posture: digestPosture(before) });

    project.configure('Other arguments', (config) =>
      set(config, ['agents', 'live_trader', 'args'], ['--qty-usd', '60']),
    );
    const after = await asked();
    storeProofs(store(), before, after, ['preflight', 'canary']);
    await up();
    await expect.poll(permit, patient).toMatchObject({ state: 'held', posture: digestPosture(after) });

    const returned = await project.cutover('rollback', '--return');
    expect(returned.exitCode, returned.stdout + returned.stderr).toBe(0);
    expect(returned.json).toMatchObject({
      tradingMode: 'live',
      differences: [],
      return: { until: expect.any(String) },
    });
    expect(await permit()).toMatchObject({ state: 'held', posture: digestPosture(before) });
    expect((await project.get('gateway', '/health')).halts).toEqual([]);
    expect(readLedger(files().guardian.ledger, trust.root).unendedGrant?.body.return).toBeDefined();
    await expect.poll(trade, patient).toMatchObject({ executed: true });
  });

  it('is no way to paper, and not made twice', async () => {
    const head = project.git('rev-parse', 'HEAD');
    const paper = await project.cutover('rollback', '--return');
    expect([paper.exitCode, paper.json.error.code]).toEqual([2, 'return_to_paper']);
    project.git('revert', '--no-edit', 'HEAD');
    const refused = await project.cutover('verify');
    expect(refused.exitCode).toBe(3);
    expect(refused.json.againstReturn).toMatchObject([{ code: 'return_of_return' }]);
    project.git('reset', '--quiet', '--hard', head.trim());
    expect((await permit()).state).toBe('held');
  });
});
