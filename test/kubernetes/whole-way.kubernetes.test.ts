import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { labelNames } from '../../platforms/kubernetes/names';
import { digestBytes } from '../../posture/digest';
import type { Posture } from '../../posture/posture';
import { explainFailures } from '../helpers/explain-failures';
import { watchOrchestrators } from '../helpers/orchestrator-watch';
import { prepareEngine, set } from '../helpers/project';
import type { Answer } from '../helpers/pty';
import { cluster, describeOnKubernetes } from './bed';
import { killApiServer } from './cluster/api-server';
import { ClusterProject } from './cluster-project';
import { shippedImage } from './plain-stack';
import { patient } from './pods';

/**
 * The whole way to live and back on a real cluster, by the shipped verbs: refused, proved, live, the bypass fails, halted,
 * reverted; and what somebody with kubectl may do meanwhile. The venue's own record is the judge.
 */
let stack: ClusterProject;
let live: Posture;
const passphrase = 'correct horse battery';
const typed = `${passphrase}\n`;
const askedToApprove: Answer = [/Passphrase of the approver's key.*: /, typed];
/** A lease, and what the gateway may take to notice its end, milliseconds. */
const leaseMs = 16_000;

const updates = Number(process.env.CUTOVER_UPDATES ?? 2);

describeOnKubernetes('the whole way on Kubernetes', { timeout: 900_000 }, () => {
  explainFailures(() => stack.project);

  beforeAll(async () => {
    await prepareEngine();
    stack = await ClusterProject.make(await shippedImage());
  });

  afterAll(() => stack?.destroy());

  it('up in paper; again, it changes nothing', async () => {
    expect((await stack.verb(0, 'up')).json).toMatchObject({ tradingMode: 'paper' });
    await expect.poll(async () => (await stack.project.cutover('status')).exitCode, patient).toBe(0);
    expect((await stack.verb(0, 'up')).json.changes).toEqual([]);
  });

  it('never two orchestrators through updates, and not one request to a model that is rolled is lost', {
    timeout: 300_000 + updates * 120_000,
  }, async () => {
    const load = stack.loadModel();
    const watch = await watchOrchestrators('/data', async () => {
      for (let update = 1; update <= updates; update++) {
        const version = update % 2 === 1 ? '1.1.0' : '1.0.0';
        const digest = digestBytes(readFileSync(`models/${version}/model.onnx`));
        stack.project.configure(`Update ${update}`, (config) => {
          set(config, ['agents', 'quant_company_agent', 'enabled'], update % 2 === 1);
          set(config, 'model', { version, digest });
        });
        await stack.verb(0, 'up');
      }
    });
    const { answered, lost } = await load();
    const said = `${answered} answers of the model-service, lost: ${JSON.stringify(lost)}`;
    console.log(`${updates} updates on Kubernetes (in full: CUTOVER_UPDATES=50), ${JSON.stringify(watch)}, ${said}`);
    expect(watch).toMatchObject({ most: 1, starts: updates + 1 });
    expect(answered).toBeGreaterThan(100);
    expect(lost).toEqual([]);
  });

  it('live is refused, every missing proof is named, and no pod is touched', async () => {
    const before = await stack.pods();
    stack.project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    const words = JSON.stringify((await stack.verb(3, 'up')).json.violations);
    for (const proof of ['preflight', 'snapshot', 'canary', 'drill', 'approval']) expect(words).toContain(proof);
    expect(await stack.pods()).toEqual(before);
    stack.project.git('revert', '--no-edit', 'HEAD');
  });

  it('the second door: the API server itself refuses pods that are told live, until a guardian says that none is halted', async () => {
    const asked = stack.kubectl('set', 'env', 'deployment/backend', 'TRADING_MODE=live');
    await expect(asked).rejects.toThrow(/no guardian has said/);
  });

  it('promote with all proofs: live, granted, permitted, and orders reach the venue', async () => {
    await stack.atTerminal(
      ['keys', 'init'],
      [
        [/New passphrase.*: /, typed],
        [/The same again: /, typed],
      ],
    );
    await stack.verb(0, 'up');
    expect(await stack.executed()).toBe(0);
    await stack.atTerminal(['promote', '--to', 'live', '--yes'], [askedToApprove]);
    stack.commit('Promote to live');
    expect(await stack.permit()).toBe('held');
    expect(await stack.grant()).toBe('granted');
    await stack.expectTrades();
    live = (await stack.operations.observePosture()).posture!;
  });

  it('another key for the guardian, under live: the gateway is told, and trading goes on under it', async () => {
    const rotated = await stack.project.atTerminal(['keys', 'rotate', '--role', 'guardian'], [askedToApprove]);
    expect(rotated, rotated.screen).toMatchObject({ exitCode: 0 });
    expect(rotated.screen).toContain('The gateway has taken it up');
    stack.commit('Another key for the guardian');
    await delay(leaseMs);
    expect(await stack.permit()).toBe('held');
    await stack.expectTrades();
  });

  it('without the guardian nobody trades after a lease; up brings it back, and the grant still holds', async () => {
    await stack.kubectl('delete', 'deployment', 'guardian');
    await delay(leaseMs);
    expect(await stack.permit()).not.toBe('held');
    await stack.expectQuiet();
    await stack.verb(0, 'up');
    await expect.poll(() => stack.permit(), patient).toBe('held');
    await stack.expectTrades();
  });

  it('a change slipped in by plain pulumi without the pack: within one lease no order is accepted', async () => {
    stack.project.configure('Looser', (config) => set(config, ['risk', 'maxOrderUsd'], 6000));
    const bypass = await stack.project.pulumi('up', '--stack', 'main', '--yes', '--skip-preview', '--non-interactive');
    expect(bypass, bypass.stdout + bypass.stderr).toMatchObject({ exitCode: 0 });
    await delay(leaseMs);
    expect(await stack.permit()).not.toBe('held');
    await stack.expectQuiet();
    stack.project.git('revert', '--no-edit', 'HEAD');
    // What ran in between has ended the grant.
    await stack.verb(3, 'up');
  });

  it('with every proof made anew it is live again', async () => {
    await stack.prove(live, passphrase);
    await stack.verb(0, 'up');
    await expect.poll(() => stack.permit(), patient).toBe('held');
    await stack.expectTrades();
  });

  it('a second orchestrator that somebody starts by hand halts the stack', async () => {
    const found = JSON.parse(await stack.kubectl('get', 'deployment', 'orchestrator', '--output', 'json'));
    const { spec } = found.spec.template;
    const volumes = spec.volumes.map(({ persistentVolumeClaim, ...volume }: Record<string, unknown>) =>
      persistentVolumeClaim ? { ...volume, emptyDir: {} } : volume,
    );
    const { labels } = found.spec.template.metadata;
    await stack.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'by-hand', labels },
      spec: { ...spec, volumes },
    });
    await expect.poll(() => stack.grant(), patient).toBe('halted');
    await stack.kubectl('delete', 'pod', 'by-hand', '--now');
    expect(await stack.permit()).not.toBe('held');
    await stack.expectQuiet();
    expect(JSON.stringify((await stack.verb(3, 'up')).json.violations)).toContain('[halt_open]');
  });

  it('halt again, closed by the approver, and back to paper', async () => {
    await stack.verb(0, 'halt', '--reason', 'the test says so');
    await stack.atTerminal(['incident', 'close', '--cause', 'a test', '--action', 'ops: none'], [askedToApprove]);
    stack.project.configure('Back to paper', (config) => set(config, 'tradingMode', 'paper'));
    expect((await stack.verb(0, 'up')).json).toMatchObject({ tradingMode: 'paper' });
    await stack.expectQuiet();
  });

  it('what somebody changes with kubectl trades nothing, and the next up repairs it', async () => {
    const before = await stack.executed();
    // Without the label the API server lets no such pod be made; somebody who knows that changes it as well.
    await stack.kubectl('set', 'env', 'deployment/backend', 'TRADING_MODE=live');
    const template = { metadata: { labels: { [labelNames.mode]: 'live' } } };
    await stack.kubectl('patch', 'deployment/backend', '--patch', JSON.stringify({ spec: { template } }));
    await stack.kubectl('scale', 'deployment/orchestrator', '--replicas=2');
    await stack.kubectl('set', 'image', 'deployment/model-service', 'model-service=cutover.test/other@sha256:00');
    const mode = async () => (await stack.get('backend', '/health')).tradingMode;
    await expect.poll(mode, patient).toBe('live');
    await delay(leaseMs);
    expect(await stack.executed()).toBe(before);
    await expect.poll(async () => (await stack.project.cutover('status')).exitCode, patient).not.toBe(0);
    await stack.verb(0, 'up');
    expect(await mode()).toBe('paper');
    await expect.poll(async () => (await stack.project.cutover('status')).exitCode, patient).toBe(0);
    expect(await stack.executed()).toBe(before);
  });

  it('a drained node: nothing runs, nothing trades; it comes back by itself', async () => {
    const before = await stack.executed();
    const [node] = (await stack.kubectl('get', 'nodes', '--output', 'name')).split('\n');
    await stack.kubectl('drain', node!, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--grace-period=5');
    expect((await stack.project.cutover('status')).exitCode).not.toBe(0);
    await stack.kubectl('uncordon', node!);
    await expect.poll(async () => (await stack.project.cutover('status')).exitCode, patient).toBe(0);
    expect(await stack.executed()).toBe(before);
  });

  it('an API server that is killed in the middle of an up: said, nothing trades, and the next up repairs it', async () => {
    const before = await stack.executed();
    stack.project.configure('Less', (config) => set(config, ['risk', 'maxOrderUsd'], 4000));
    const generation = () => stack.kubectl('get', 'deployment/backend', '--output=jsonpath={.metadata.generation}');
    const unchanged = await generation();
    const interrupted = stack.project.cutover('up');
    await expect.poll(generation, { ...patient, interval: 50 }).not.toBe(unchanged);
    const start = await killApiServer(cluster());
    const { exitCode, json } = await interrupted;
    expect(json.error.message).toMatch(/the engine's up failed: expected a Kubernetes API server/);
    expect(exitCode).toBe(5);
    await start();
    await stack.verb(0, 'up');
    expect(await stack.executed()).toBe(before);
  });

  it('down keeps every volume, and the next up has them', async () => {
    const trades = async () => {
      await stack.operations.fetchData('backend');
      const [row] = stack.project.query('backend', 'trader.db', 'SELECT count(*) AS n FROM live_trades');
      return Number(row!.n);
    };
    const before = await trades();
    expect(before).toBeGreaterThan(0);
    await stack.verb(0, 'down');
    expect((await stack.pods()).join('')).toBe('');
    await stack.verb(0, 'up');
    expect(await trades()).toBeGreaterThanOrEqual(before);
  });
});
