import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { V1Deployment, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Cluster, ClusterError, connect, orAbsent } from '../../platforms/kubernetes/client';
import { configMapNames, shutAdmission } from '../../platforms/kubernetes/names';
import { readPodWorkload } from '../../platforms/kubernetes/pod-workload';
import { digestBytes } from '../../posture/digest';
import { workloadNames } from '../../posture/posture';
import { everyManifest, type Manifest } from '../platforms/change-operations';
import { describeOnKubernetes } from './bed';
import { patient } from './pods';
import { diffInputs } from './provider/diff';
import { kinds } from './provider/kinds';

const strict = 'dryRun=All&fieldValidation=Strict';
const namespace = 'cutover-manifests';
const folder = mkdtempSync(path.join(tmpdir(), 'cutover-manifests-'));
const image = digestBytes('an image');
const kubernetes = { image: `registry.example.com/cutover@${image}`, namespace };
const versionOf = (settings: Record<string, string>) => ({
  folder,
  image,
  settings: { 'cutover:kubernetes': JSON.stringify(kubernetes), ...settings },
});
const paper = everyManifest(versionOf({}));
const live = everyManifest(versionOf({ 'cutover:tradingMode': 'live' }));
const deploymentOf = (manifests: typeof paper, name: string) =>
  structuredClone(manifests.get(name)) as V1Deployment & Manifest;
const templateOf = (manifests: typeof paper, name: string) => deploymentOf(manifests, name).spec!.template!;

/** Where the API keeps objects like one. */
function folderOf({ apiVersion, kind }: Manifest): string {
  const { plural, namespaced } = kinds.find((one) => one.kind === kind && one.apiVersion === apiVersion)!;
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${group}${namespaced ? `/namespaces/${namespace}` : ''}/${plural}`;
}
const pathOf = (manifest: Manifest) => `${folderOf(manifest)}/${manifest.metadata.name}`;
const pods = `/api/v1/namespaces/${namespace}/pods`;

/** A pod of a template, as its controller would make it. */
const podOf = (template: V1PodTemplateSpec, labels = template.metadata?.labels) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'any-', labels },
  spec: template.spec,
});

describeOnKubernetes('the manifests of a stack', () => {
  let cluster: Cluster;
  /** By server-side apply, as the engine does it: what is there already is no error. */
  const apply = <T>(manifest: Manifest, query = 'fieldValidation=Strict') =>
    cluster.json<T>('PATCH', `${pathOf(manifest)}?fieldManager=test&force=true&${query}`, {
      body: manifest,
      contentType: 'application/apply-patch+yaml',
    });
  /** Whether the API server would take an object: undefined where it would, else its reason. */
  const judge = (method: string, where: string, body?: object, contentType?: string): Promise<string | undefined> =>
    cluster
      .json(method, `${where}?${strict}`, { ...(body ? { body } : {}), ...(contentType ? { contentType } : {}) })
      .then(() => undefined)
      .catch((error) => {
        if (error instanceof ClusterError) return error.message;
        throw error;
      });

  beforeAll(async () => {
    cluster = await connect({ kind: 'context' });
    await apply(paper.get(`Namespace ${namespace}`)!);
    for (const [name, manifest] of paper) if (name.startsWith('ServiceAccount ')) await apply(manifest);
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    // All but the admission policies goes with it. Those stay: see platforms/kubernetes.ts.
    await orAbsent(cluster.json('DELETE', `/api/v1/namespaces/${namespace}`));
    const left = async () =>
      expect(await orAbsent(cluster.json('GET', `/api/v1/namespaces/${namespace}`))).toBeUndefined();
    await vi.waitFor(left, patient);
  });

  const isThere = (name: string) => name.startsWith('Namespace ') || name.startsWith('ServiceAccount ');
  test.each([...paper].filter(([name]) => !isThere(name)))(
    '%s is accepted, and kept as it was declared',
    async (_name, manifest) => {
      const kept = await apply<object>(manifest, strict);
      const kind = kinds.find((one) => one.kind === manifest.kind && one.apiVersion === manifest.apiVersion)!;
      const { changes } = diffInputs(
        kind,
        { ...kept, __inputs: { ...manifest } },
        { ...manifest },
        { configMaps: true, secrets: false },
      );
      expect(changes).toEqual([]);
    },
  );

  test.each(workloadNames)('a pod of %s is admitted, and its spec is what was declared', async (name) => {
    const template = templateOf(paper, name);
    const { spec } = await cluster.json<{ spec: V1PodSpec }>('POST', `${pods}?${strict}`, { body: podOf(template) });
    expect(readPodWorkload(spec)).toEqual(readPodWorkload(template.spec!));
  });

  const wider: [string, (spec: V1PodSpec) => unknown][] = [
    ['runs as root', (spec) => Object.assign(spec.securityContext!, { runAsNonRoot: false, runAsUser: 0 })],
    ['sees a folder of the host', (spec) => spec.volumes!.push({ name: 'host', hostPath: { path: '/' } })],
    ['is on the network of the host', (spec) => Object.assign(spec, { hostNetwork: true })],
    [
      'may gain privileges',
      (spec) => Object.assign(spec.containers[0]!.securityContext!, { allowPrivilegeEscalation: true }),
    ],
    ['keeps its capabilities', (spec) => Object.assign(spec.containers[0]!.securityContext!, { capabilities: {} })],
    ['has no seccomp', (spec) => Object.assign(spec.securityContext!, { seccompProfile: { type: 'Unconfined' } })],
  ];
  test.each(wider)('a pod that %s is refused', async (_what, widen) => {
    const template = templateOf(paper, 'backend');
    widen(template.spec!);
    expect(await judge('POST', pods, podOf(template))).toContain('violates PodSecurity "restricted');
  });

  test('an input that nobody knows is refused', async () => {
    const manifest = {
      ...deploymentOf(paper, 'backend'),
      spec: { ...deploymentOf(paper, 'backend').spec, replica: 2 },
    };
    expect(await judge('POST', folderOf(manifest as Manifest), manifest)).toContain('unknown field "spec.replica"');
  });

  test('no service is published beyond the cluster', async () => {
    await apply(paper.get('ResourceQuota unpublished')!);
    const service = structuredClone(paper.get('Service backend')!);
    Object.assign(service.spec!, { type: 'NodePort' });
    const judged = () => judge('POST', folderOf(service), service);
    await expect.poll(judged, patient).toContain('exceeded quota: unpublished');
    expect(await judge('POST', folderOf(service), paper.get('Service backend'))).toBeUndefined();
  });

  test('the guardian may do what it has to, and no more', async () => {
    await apply(paper.get('Role guardian')!);
    await apply(paper.get('RoleBinding guardian')!);
    const may = async (account: string, right: string): Promise<boolean> => {
      const [verb, resource = '', name] = right.split(' ');
      const [group, plural] = resource.startsWith('apps/') ? ['apps', resource.slice(5)] : ['', resource];
      const [main, subresource] = plural!.split('/');
      const resourceAttributes = {
        namespace,
        verb,
        group,
        resource: main,
        ...(subresource ? { subresource } : {}),
        ...(name ? { name } : {}),
      };
      const spec = { user: `system:serviceaccount:${namespace}:${account}`, resourceAttributes };
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
      const where = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
      return (await cluster.json<{ status: { allowed: boolean } }>('POST', where, { body: review })).status.allowed;
    };
    const allowed = [
      'list pods',
      'get pods/log',
      'watch configmaps',
      'get apps/deployments',
      'patch apps/deployments/scale orchestrator',
      'patch apps/deployments/scale backend',
      'patch configmaps admission',
      'create configmaps admission',
    ];
    const denied = [
      'get secrets',
      'create pods',
      'delete pods',
      'create pods/exec',
      'create pods/ephemeralcontainers',
      'patch apps/deployments',
      'patch apps/deployments/scale gateway',
      'patch configmaps declared',
      'create configmaps',
      'delete configmaps admission',
      'create rolebindings',
    ];
    await expect.poll(() => may('guardian', allowed[0]!), patient).toBe(true);
    for (const right of allowed) expect([right, await may('guardian', right)]).toEqual([right, true]);
    for (const right of denied) expect([right, await may('guardian', right)]).toEqual([right, false]);
    for (const right of allowed) expect([right, await may('backend', right)]).toEqual([right, false]);
  });

  describe('the second door', () => {
    const admission = `/api/v1/namespaces/${namespace}/configmaps/${configMapNames.admission}`;
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const mergePatch = 'application/merge-patch+json';
    /** What the guardian says, by server-side apply: the way that makes the ConfigMap again where it is gone. */
    const say = (data: object) =>
      cluster.json('PATCH', `${admission}?fieldManager=guardian&force=true`, {
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: configMapNames.admission }, data },
        contentType: 'application/apply-patch+yaml',
      });
    const livePod = podOf(templateOf(live, 'backend'));
    const judgeLivePod = () => judge('POST', pods, livePod);

    beforeAll(async () => {
      const each = [...live].filter(([name]) => name.startsWith('ValidatingAdmissionPolicy'));
      for (const [, manifest] of each) await apply(manifest);
      // It takes the API server a moment to know them.
      await vi.waitFor(async () => expect(await judgeLivePod()).toBeDefined(), patient);
    });

    /** What is never held up. */
    const judgePaper = async () => {
      for (const name of workloadNames) {
        expect(await judge('POST', pods, podOf(templateOf(paper, name)))).toBeUndefined();
        expect(await judge('POST', deployments, deploymentOf(paper, name))).toBeUndefined();
      }
    };

    test('admits no live pod where nobody has said that it may, and paper always', async () => {
      expect(await judgeLivePod()).toMatch(/admission|parameter/i);
      await judgePaper();
    });

    test('is shut as it is made, open while no halt is, and shut again', async () => {
      const judgeLive = () => judge('POST', deployments, deploymentOf(live, 'backend'));
      await say(shutAdmission);
      await expect.poll(judgeLive, patient).toContain('live trading is halted');
      expect(await judgeLivePod()).toContain('live trading is halted');
      await judgePaper();
      await say({ halted: 'false', posture: 'sha256:1' });
      await expect.poll(judgeLivePod, patient).toBeUndefined();
      await expect.poll(judgeLive, patient).toBeUndefined();
      await judgePaper();
      await say({ halted: 'true', posture: '' });
      await expect.poll(judgeLivePod, patient).toContain('live trading is halted');
    });

    test('is no way around by a label, a second container or variables from elsewhere', async () => {
      await say({ halted: 'true', posture: '' });
      const template = templateOf(live, 'backend');
      const labels = (mode?: string) => ({ ...template.metadata!.labels, 'cutover.dev/mode': mode ?? '' });
      expect(await judge('POST', pods, podOf(template, {}))).toContain('has to say so by its label');
      expect(await judge('POST', pods, podOf(template, labels('paper')))).toContain('has to say so by its label');
      const second = templateOf(paper, 'backend');
      const [own] = second.spec!.containers;
      second.spec!.initContainers = [{ ...own!, name: 'first', env: [{ name: 'TRADING_MODE', value: 'live' }] }];
      // Only containers that go on running are probed.
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
        delete second.spec!.initContainers[0]![probe];
      expect(await judge('POST', pods, podOf(second))).toContain('has to say so by its label');
      const elsewhere = templateOf(paper, 'model-service');
      elsewhere.spec!.containers[0]!.envFrom = [{ configMapRef: { name: 'any' } }];
      expect(await judge('POST', pods, podOf(elsewhere))).toContain('has to say so by its label');
      const twice = templateOf(paper, 'backend');
      twice.spec!.containers[0]!.env!.push({ name: 'TRADING_MODE', value: 'live' });
      expect(await judge('POST', pods, podOf(twice))).toContain('has to say so by its label');
    });

    test('never holds up the way down: to fewer pods, to paper, to none', async () => {
      await say({ halted: 'false', posture: '' });
      const own = deploymentOf(live, 'backend');
      const stopped = { ...own, spec: { ...own.spec, replicas: 0 } };
      const where = pathOf(own);
      await expect.poll(() => judge('POST', deployments, stopped), patient).toBeUndefined();
      await apply(stopped as Manifest);
      await say({ halted: 'true', posture: '' });
      await expect.poll(judgeLivePod, patient).toBeDefined();
      const setMode = (value: string) => ({
        spec: { template: { spec: { containers: [{ name: 'backend', env: [{ name: 'TRADING_MODE', value }] }] } } },
      });
      const strategic = 'application/strategic-merge-patch+json';
      for (const shut of [async () => {}, async () => void (await cluster.json('DELETE', admission))]) {
        await shut();
        expect(await judge('PATCH', where, { spec: { replicas: 0 } }, mergePatch)).toBeUndefined();
        expect(await judge('PATCH', `${where}/scale`, { spec: { replicas: 0 } }, mergePatch)).toBeUndefined();
        expect(await judge('PATCH', where, setMode('paper'), strategic)).toBeUndefined();
        expect(await judge('PUT', where, deploymentOf(paper, 'backend'))).toBeUndefined();
        expect(await judge('DELETE', where)).toBeUndefined();
      }
      await say(shutAdmission);
      await expect
        .poll(() => judge('PATCH', where, setMode('LIVE'), strategic), patient)
        .toContain('live trading is halted');
    });

    test('is of this namespace alone', async () => {
      await say({ halted: 'true', posture: '' });
      await expect.poll(judgeLivePod, patient).toBeDefined();
      const { serviceAccountName: _, ...spec } = livePod.spec!;
      expect(await judge('POST', '/api/v1/namespaces/default/pods', { ...livePod, spec })).toBeUndefined();
    });
  });
});
