import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadTrustRoot } from '../../evidence/trust-root';
import { readLedger } from '../../ledger/ledger-file';
import { type Cluster, ClusterError, connect } from '../../platforms/kubernetes/client';
import { LogFollower } from '../../platforms/kubernetes/follow-logs';
import { admissionKeys, podPaths } from '../../platforms/kubernetes/names';
import { listPods, podsOf } from '../../platforms/kubernetes/pods';
import { createOperations } from '../../platforms/operations';
import { digestPosture, type WorkloadName, workloadNames } from '../../posture/posture';
import { haltStack } from '../../scripts/halt';
import { handOverKeys, makeKeys } from '../../scripts/shared/make-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { describeOnKubernetes, kubeconfig } from './bed';
import { type PlainStack, shippedImage, startPlainStack } from './plain-stack';
import { patient, restrictedPod } from './pods';

describeOnKubernetes('operations', () => {
  let stack: PlainStack;
  let image: string;
  const ask = async (workload: WorkloadName, route: string) => {
    const response = await fetch(`${await stack.operations.addressOf(workload)}${route}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const files = () => stackFiles(stack.place);
  const admission = async () => {
    const path = `/api/v1/namespaces/${stack.namespace}/configmaps/admission`;
    return (await stack.cluster.json<{ data: Record<string, string> }>('GET', path)).data;
  };

  beforeAll(async () => {
    image = await shippedImage();
    stack = await startPlainStack('ops', image, {
      'cutover:agents': JSON.stringify({ live_trader: { enabled: true } }),
      'cutover:market': JSON.stringify({ feed: 'embedded', seed: 7, speed: 60 }),
    });
    await vi.waitFor(async () => {
      const { replicas } = await stack.operations.observe();
      expect(replicas.map(({ state, reason }) => reason ?? state)).toEqual(workloadNames.map(() => 'running'));
    }, patient);
  });
  afterAll(() => stack?.remove());

  test('what is observed is what was declared', async () => {
    const { posture, reason, duplicates } = await stack.operations.observePosture();
    expect(reason).toBeUndefined();
    expect(posture).toEqual(stack.posture);
    expect(duplicates).toEqual([]);
  });

  test('the guardian sees the same, and nothing else that runs', async () => {
    const observed = async () => (await ask('guardian', '/health')).observed;
    await expect.poll(observed, patient).toEqual({ posture: digestPosture(stack.posture) });
    expect(await ask('guardian', '/replicas')).toMatchObject({ duplicates: [] });
  });

  test('each workload is reached by a forward, by name and as the very pod that is observed', async () => {
    for (const workload of workloadNames) {
      expect(await ask(workload, '/health')).toHaveProperty('ok');
      const own = await stack.operations.ownAddressOf(workload);
      expect((await fetch(`${own}/health`)).headers.get('content-type')).toContain('json');
    }
  });

  test('a program runs beside a workload', async () => {
    const { exitCode, stdout } = await stack.operations.runBeside('orchestrator', () => [
      `${podPaths.temporary}/nothing.js`,
    ]);
    expect([exitCode, stdout]).toEqual([1, '']);
    const status = await stack.operations.runBeside('orchestrator', (own) => [...own.slice(0, -1), 'status']);
    expect(JSON.parse(status.stdout)).toMatchObject({ ok: true, agents: [{ name: 'live_trader' }] });
  });

  test('only the gateway reaches the venue, and only the guardian the API server', async () => {
    const { ports } = stack.config;
    const dial = (from: WorkloadName, host: string, port: number) => {
      // A name that is still looked up holds up every gentler end.
      const script = `const over = () => process.kill(process.pid, 'SIGKILL'); setTimeout(over, 3000); require('node:net').connect({ host: '${host}', port: ${port} }, () => process.exit(0)).on('error', over)`;
      return stack.operations.runBeside(from, () => ['-e', script]).then(({ exitCode }) => exitCode === 0);
    };
    const reaches = async (host: string, port: number) => {
      const found = await Promise.all(workloadNames.map((from) => dial(from, host, port)));
      return workloadNames.filter((from, index) => from !== host && found[index]);
    };
    expect(await reaches('simulated-venue', ports['simulated-venue'])).toEqual(['gateway', 'guardian']);
    expect(await reaches('guardian', ports.guardian)).toEqual([]);
    expect(await reaches('kubernetes.default.svc', 443)).toEqual(['guardian']);
  });

  test('data are fetched whole while they are written, logs by what is new', async () => {
    const { operations } = stack;
    const trades = () => {
      const copy = new DatabaseSync(path.join(operations.dataOf('gateway'), 'gateway.db'), { readOnly: true });
      expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      const count = copy.prepare('SELECT count(*) AS n FROM orders').get()!.n;
      copy.close();
      return Number(count);
    };
    await operations.fetchData('gateway');
    const before = trades();
    const more = async () => {
      await operations.fetchData('gateway');
      return trades();
    };
    await expect.poll(more, patient).toBeGreaterThan(before);
    await operations.fetchLogs('orchestrator');
    const names = operations.logsOf('orchestrator').map((file) => path.basename(file));
    expect(names).toEqual(expect.arrayContaining(['live_trader.log', 'orchestrator.log']));
  });

  test('keys are handed over, and the guardian’s is then in its pod alone', async () => {
    const { operations } = stack;
    await operations.fetchData('guardian');
    makeKeys(files(), {
      stack: 'ops',
      account: { venue: 'simulated', id: stack.config.venue.account },
      passphrase: 'correct horse',
      drill: false,
      now: Date.now(),
    });
    await handOverKeys(operations, files());
    expect(existsSync(files().guardian.key)).toBe(false);
    await operations.fetchData('guardian');
    expect(readdirSync(operations.dataOf('guardian'))).not.toContain('guardian.key');
    await expect.poll(async () => (await ask('guardian', '/health')).grant, patient).toMatchObject({ state: 'none' });
    // The second door is open then, as far as a halt goes.
    await expect.poll(admission, patient).toMatchObject({ [admissionKeys.halted]: 'false' });
    const others = operations.handOver('gateway', [path.join(operations.dataOf('gateway'), 'gateway.db')]);
    await expect(others).rejects.toMatchObject({ code: 'handover_refused', exitCode: 3 });
  });

  test('the guardian has the evidence that was declared, as soon as it was', async () => {
    const evidence = `/api/v1/namespaces/${stack.namespace}/configmaps/evidence`;
    const declareFiles = (data: Record<string, string | null>) =>
      stack.cluster.json('PATCH', evidence, { body: { data }, contentType: 'application/merge-patch+json' });
    const list = `process.stdout.write(require('node:fs').readdirSync('${podPaths.evidence}').join())`;
    const seen = async () => (await stack.operations.runBeside('guardian', () => ['-e', list])).stdout;
    await declareFiles({ 'a.json': '{}', 'b.json': '{}' });
    await expect.poll(seen, patient).toBe('a.json,b.json');
    await declareFiles({ 'a.json': null });
    await expect.poll(seen, patient).toBe('b.json');
  });

  test('what a pod logs is followed line by line, from the first look on', async () => {
    const file = path.join(stack.place.home, 'followed.log');
    const follower = new LogFollower(stack.cluster, 'orchestrator', file);
    const pods = await listPods(stack.cluster, { namespace: stack.namespace });
    const follow = async () => {
      await follower.follow(podsOf(pods, 'orchestrator')[0]!, Date.now());
      return readFileSync(file, 'utf8').split('\n');
    };
    await follow();
    // Agents log into files of their own; what they say is among it.
    await expect.poll(follow, patient).toContainEqual(expect.stringContaining('live_trader'));
    const lines = (await follow()).slice(0, -1);
    expect(new Set(lines).size).toBe(lines.length);
  });

  test('what would keep a stack from coming up is named', async () => {
    const { place, specs, view, namespace } = stack;
    const conflicts = async (stackName: string, kubernetes: object = {}) => {
      const config = { platform: 'kubernetes', kubernetes: { namespace, ...kubernetes } } as const;
      const home = path.join(place.home, 'elsewhere');
      const found = await createOperations({ ...place, stack: stackName, home }, config).findConflicts(specs, view);
      return found.map(({ code, sentence }) => `${code}: ${sentence}`);
    };
    expect(await conflicts('ops')).toEqual([]);
    expect(await conflicts('night')).toEqual([expect.stringMatching(/^name_taken: .*that of stack ops/)]);
    expect(await conflicts('ops', { namespace: 'kube-system' })).toEqual([
      expect.stringMatching(/^name_taken: .*not one of Cutover/),
    ]);
    expect(await conflicts('ops', { storageClass: 'gold' })).toEqual([
      expect.stringMatching(/^storage_class_missing: .*received gold.*standard/),
    ]);
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small' },
      spec: { hard: { pods: '5' } },
    };
    await stack.create(quota);
    await expect
      .poll(() => conflicts('ops'), patient)
      .toEqual([expect.stringMatching(/^quota_exceeded: .*pods 6 in quota small.*leaves pods 5/)]);
    await stack.cluster.json('DELETE', `/api/v1/namespaces/${namespace}/resourcequotas/small`);
  });

  test('a pod that nobody declared is a stray, for operators and guardian', async () => {
    const pod = restrictedPod('by-hand', image, 'setInterval(() => {}, 1000)', {
      labels: { 'cutover.dev/stack': 'ops', 'cutover.dev/workload': 'orchestrator' },
    });
    const pods = `/api/v1/namespaces/${stack.namespace}/pods`;
    await stack.cluster.json('POST', pods, { body: { apiVersion: 'v1', kind: 'Pod', ...pod } });
    const strays = async () => (await stack.operations.observe()).duplicates;
    await expect
      .poll(strays, patient)
      .toEqual([expect.objectContaining({ workload: 'orchestrator', name: expect.stringContaining('by-hand') })]);
    await expect
      .poll(async () => (await ask('guardian', '/replicas')).duplicates, patient)
      .toEqual([expect.objectContaining({ name: expect.stringContaining('by-hand') })]);
    expect((await stack.operations.observePosture()).posture).toEqual(stack.posture);
    await stack.cluster.json('DELETE', `${pods}/by-hand`, { body: { gracePeriodSeconds: 0 } });
    await expect.poll(strays, patient).toEqual([]);
  });

  test('a halt is latched inside the gateway’s pod and ends the trader; the guardian records it and shuts the door', async () => {
    const { operations } = stack;
    const report = await haltStack('ops', operations, 'a test');
    expect(report).toMatchObject({ halted: true, problems: [] });
    const { halts } = await ask('gateway', '/health');
    const recorded = async () => {
      await operations.fetchData('guardian');
      const chain = readLedger(files().guardian.ledger, loadTrustRoot(files().guardian.trustRoot));
      return chain.openHalts.map(({ body }) => body.id);
    };
    await expect.poll(recorded, patient).toEqual(halts);
    await expect.poll(admission, patient).toMatchObject({ [admissionKeys.halted]: 'true' });
    expect(await operations.remainsOf('orchestrator')).toEqual([]);
    const { replicas } = await operations.observe();
    expect(replicas.find(({ workload }) => workload === 'orchestrator')).toMatchObject({
      state: 'stopped',
      reason: 'it was stopped: its deployment is scaled to 0',
    });
    // What it left is on its volumes, which a pod of ours reads; nobody takes that for a stray.
    const last = () =>
      readFileSync(path.join(path.dirname(operations.logsOf('orchestrator')[0]!), 'orchestrator.log'), 'utf8');
    await operations.fetchLogs('orchestrator');
    expect(last()).not.toContain('"stopping"');
    const strays: string[] = [];
    const looking = setInterval(async () => {
      strays.push(...(await operations.observe()).duplicates.map(({ name }) => name));
    }, 200);
    await operations.fetchLogs('orchestrator', 'wasStopped').finally(() => clearInterval(looking));
    expect(last()).toContain('"stopping"');
    expect(strays).toEqual([]);
    await operations.fetchData('orchestrator');
  });

  test('the guardian may look and stop the traders, and nothing else', async () => {
    const guardian = await impersonate(stack.cluster, `system:serviceaccount:${stack.namespace}:guardian`);
    const at = `/api/v1/namespaces/${stack.namespace}`;
    const scaleOf = (name: string) => `/apis/apps/v1/namespaces/${stack.namespace}/deployments/${name}/scale`;
    const patch = (path: string, body: object) =>
      guardian.json('PATCH', path, { body, contentType: 'application/merge-patch+json' });
    await guardian.json('GET', `${at}/pods`);
    await patch(scaleOf('orchestrator'), { spec: { replicas: 0 } });
    const refused: (() => Promise<unknown>)[] = [
      () => guardian.json('DELETE', `${at}/pods`),
      () => guardian.json('GET', `${at}/secrets/cutover-secrets`),
      () => guardian.json('GET', '/api/v1/pods'),
      () => patch(scaleOf('gateway'), { spec: { replicas: 0 } }),
      () => patch(`${at}/configmaps/declared`, { data: {} }),
      () => patch(scaleOf('backend').replace('/scale', ''), { spec: { replicas: 1 } }),
      () => guardian.json('POST', `${at}/pods`, { body: {} }),
      () => guardian.json('POST', `${at}/pods/gateway/exec`),
    ];
    for (const one of refused) await expect(one()).rejects.toMatchObject({ status: 403, name: ClusterError.name });
  });

  test('a workload is stopped, and stays so', async () => {
    await stack.operations.stop('backend');
    expect(await stack.operations.remainsOf('backend')).toEqual([]);
    expect((await stack.operations.observePosture()).reason).toContain('backend');
  });
});

/** The same cluster, asked by somebody else. */
async function impersonate(cluster: Cluster, user: string): Promise<Cluster> {
  const other = await connect({ kind: 'context' });
  const { config } = other;
  config.loadFromFile(kubeconfig());
  config.setCurrentContext(cluster.config.getCurrentContext());
  config.users = config.users.map((one) => ({ ...one, impersonateUser: user }));
  return other;
}
