import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { AuthorizationV1Api, CoreV1Api, NetworkingV1Api, type V1NetworkPolicy } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { bundleEntry } from '../helpers/bundle';
import { findControlGroups } from '../helpers/control-groups';
import { describeOnKubernetes, kubeconfig, kubernetes, testImage } from './bed';
import { type Cluster, sweep, takeDown } from './cluster/cluster';
import { deletePod, patient, restrictedPod, runPod, startPod } from './pods';

const namespace = 'bed-test';

/** Counts its starts in a file on its volume, and tells the number. */
const counter = `
  const fs = require('node:fs');
  fs.appendFileSync('/data/starts', 'x');
  const count = () => String(fs.readFileSync('/data/starts').length);
  require('node:http').createServer((_, response) => response.end(count())).listen(8080);`;

/** Asks a service until it answers, for so many seconds at most. */
const ask = (url: string, seconds: number) => `
  const end = Date.now() + ${seconds * 1000};
  const once = () => fetch('${url}', { signal: AbortSignal.timeout(1000) }).then((response) => response.text())
    .then((text) => console.log('told ' + text), (error) => Date.now() < end ? setTimeout(once, 100) : process.exit(7));
  once();`;

describeOnKubernetes('the test bed', () => {
  let core: CoreV1Api;
  let image: string;

  beforeAll(async () => {
    core = kubernetes().makeApiClient(CoreV1Api);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await core.createNamespace({ body: { metadata: { name: namespace, labels } } });
    image = await testImage();
    const account = async () => (await core.listNamespacedServiceAccount({ namespace })).items.length;
    await vi.waitFor(async () => expect(await account()).toBe(1), patient);
  });

  afterAll(async () => {
    await core?.deleteNamespace({ name: namespace });
  });

  test('is named by the environment, and judges users and pods', async () => {
    expect(process.env.KUBECONFIG).toBe(kubeconfig());
    const as = kubernetes();
    as.users = as.users.map((user) => ({ ...user, impersonateUser: `system:serviceaccount:${namespace}:default` }));
    const may = async (config: typeof as) => {
      const spec = { resourceAttributes: { verb: 'list', resource: 'secrets', namespace } };
      const body = { spec };
      return (await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({ body })).status?.allowed;
    };
    expect([await may(kubernetes()), await may(as)]).toEqual([true, false]);
    const asRoot = restrictedPod('root', image, '');
    asRoot.spec!.securityContext = {};
    await expect(core.createNamespacedPod({ namespace, body: asRoot })).rejects.toThrow(/restricted/);
  });

  test('runs a shut-in pod of our image with a volume, found by name, whose data outlive the pod', async () => {
    await core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } },
      },
    });
    const labels = { app: 'counter' };
    await core.createNamespacedService({
      namespace,
      body: { metadata: { name: 'counter' }, spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } },
    });
    const pod = restrictedPod('counter', image, counter, { labels, claim: 'data' });
    const asked = restrictedPod('asker', image, ask('http://counter', 60));
    await startPod(core, namespace, pod);
    expect(await runPod(core, namespace, asked)).toEqual({ code: 0, output: 'told 1\n' });
    await deletePod(core, namespace, 'counter');
    await startPod(core, namespace, pod);
    expect(await runPod(core, namespace, asked)).toEqual({ code: 0, output: 'told 2\n' });
  });

  test('lets through what network policies allow, and nothing else', async () => {
    const networking = kubernetes().makeApiClient(NetworkingV1Api);
    const allow = async (name: string, spec: V1NetworkPolicy['spec']) =>
      networking.createNamespacedNetworkPolicy({ namespace, body: { metadata: { name }, spec: spec! } });
    await allow('none', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const names = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    };
    await allow('names', {
      podSelector: {},
      egress: [{ to: [names], ports: [{ port: 53, protocol: 'UDP' }] }],
    });
    const [counting, trusted] = ['counter', 'trusted'].map((app) => ({ podSelector: { matchLabels: { app } } }));
    await allow('in', { ...counting!, ingress: [{ _from: [trusted!], ports: [{ port: 8080 }] }] });
    await allow('out', { ...trusted!, egress: [{ to: [counting!] }] });
    const run = (app: string, seconds: number) =>
      runPod(core, namespace, restrictedPod(app, image, ask('http://counter', seconds), { labels: { app } }));
    expect(await run('trusted', 60)).toEqual({ code: 0, output: 'told 2\n' });
    expect(await run('other', 3)).toEqual({ code: 7, output: '' });
  });

  test('ends when its keeper is killed; the next sweep removes what is left', async () => {
    const before = machine();
    const entry = await bundleEntry('test/kubernetes/cluster/keeper.ts');
    const keeper: ChildProcess = spawn(process.execPath, [entry, 'now'], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => {
      keeper.kill();
    });
    const [line] = await once(createInterface({ input: keeper.stdout! }), 'line');
    const { folder }: Cluster = JSON.parse(String(line));
    onTestFinished(() => takeDown(folder));
    const { name } = JSON.parse(readFileSync(path.join(folder, 'bed.json'), 'utf8'));
    expect(processesOf(folder).length).toBeGreaterThan(10);
    expect(traces(name)).not.toEqual([]);

    keeper.kill('SIGKILL');
    await expect.poll(() => processesOf(folder), patient).toEqual([]);
    await sweep();
    expect(existsSync(folder)).toBe(false);
    expect(traces(name)).toEqual([]);
    expect(machine()).toEqual(before);
  });
});

/** The processes that have to do with a folder, in every namespace. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return Number(pid) > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`);
    } catch {
      return false;
    }
  });
}

/** What bears a cluster's name outside of its folder: its interface and its control groups. */
function traces(name: string): string[] {
  const interfaces = readdirSync('/sys/class/net').filter((found) => found === name);
  return [...findControlGroups(name), ...interfaces];
}

/** What a node changes on a machine that it does not have for itself. */
function machine(): Record<string, string[]> {
  const lines = (text: string, pattern: RegExp) => text.split('\n').filter((line) => pattern.test(line));
  const settings = ['vm/overcommit_memory', 'kernel/panic', 'kernel/panic_on_oops', 'kernel/keys/root_maxkeys'];
  return {
    rules: lines(execFileSync('iptables-save', { encoding: 'utf8' }), /KUBE|CNI|NFQUEUE/),
    mounts: lines(readFileSync('/proc/mounts', 'utf8'), /cutover-cluster-|kubelet|netns\/cni-/),
    settings: settings.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8')),
  };
}
