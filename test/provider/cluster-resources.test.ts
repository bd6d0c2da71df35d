import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { kubernetesRecordFile } from '../../platforms/kubernetes/names';
import { readKubernetesRecord } from '../../platforms/kubernetes/record';
import { workloadNames } from '../../posture/posture';
import { clusterRecordResource } from '../../provider/cluster-record-resource';
import { keptObjectsResource } from '../../provider/kept-objects-resource';
import { shownFilesResource } from '../../provider/shown-files-resource';
import { startFakeCluster } from './fake-cluster';

let cluster: Awaited<ReturnType<typeof startFakeCluster>>;
const inNamespace = '/api/v1/namespaces/cutover-main';
const secret = `${inNamespace}/secrets/cutover-secrets`;
const admission = `${inNamespace}/configmaps/admission`;
let home: string;

beforeAll(async () => {
  cluster = await startFakeCluster();
});

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'cutover-cluster-home-'));
  vi.stubEnv('KUBECONFIG', cluster.kubeconfig);
  cluster.objects.clear();
  cluster.forbidden.clear();
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});
afterAll(() => cluster.stop());

const own = { stack: 'main', context: 'here', namespace: 'cutover-main' };
const decode = (data: unknown) => Buffer.from(String(data), 'base64').toString();

describe('ClusterRecord', () => {
  const ports = Object.fromEntries(workloadNames.map((name, index) => [name, 20_000 + index]));
  const inputs = () => ({ ...own, home, ports });
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

  beforeEach(() => {
    const service = { spec: { clusterIPs: ['10.96.0.1'], ports: [{ port: 443 }] } };
    cluster.objects.set('/api/v1/namespaces/default/services/kubernetes', service);
    const endpoints = [{ addresses: ['192.168.0.5'] }, { addresses: ['fd00::5'] }];
    cluster.objects.set(`${slices}/kubernetes`, { endpoints, ports: [{ port: 6443 }] });
  });

  it('says where the stack is, and where its API server answers', async () => {
    const { id, outs } = await clusterRecordResource.create(inputs());
    expect(id).toBe('main');
    expect(outs!.apiServers).toEqual(['10.96.0.1:443', '192.168.0.5:6443', '[fd00::5]:6443']);
    expect(readKubernetesRecord(inputs())).toEqual({
      platform: 'kubernetes',
      context: 'here',
      namespace: 'cutover-main',
      ports,
    });
    expect(await clusterRecordResource.diff(outs!, inputs())).toEqual({ changes: false });
    await clusterRecordResource.delete(outs!);
    expect(existsSync(kubernetesRecordFile(inputs()))).toBe(false);
  });

  it('knows no API server where it may not ask', async () => {
    cluster.forbidden.add(slices);
    expect((await clusterRecordResource.create(inputs())).outs!.apiServers).toEqual([]);
  });

  it.each([
    [{ 'cutover.dev/stack': 'other' }, 'is that of stack other'],
    [{}, 'is not one of Cutover'],
  ])('takes over no namespace of others: %j', async (labels, whose) => {
    cluster.objects.set(inNamespace, { metadata: { name: 'cutover-main', labels: { 'cutover.dev/stack': 'main' } } });
    await clusterRecordResource.create(inputs());
    cluster.objects.set(inNamespace, { metadata: { name: 'cutover-main', labels } });
    await expect(clusterRecordResource.update(inputs())).rejects.toThrow(whose);
  });

  it('says nothing where the cluster does not answer', async () => {
    await expect(clusterRecordResource.create({ ...inputs(), context: 'gone' })).rejects.toThrow('the context gone');
    expect(existsSync(kubernetesRecordFile(inputs()))).toBe(false);
  });

  it('sees drift: a record that is gone, an API server elsewhere', async () => {
    const { outs } = await clusterRecordResource.create(inputs());
    const look = async () => (await clusterRecordResource.read('main', outs!)).props!;
    expect((await clusterRecordResource.diff(await look(), inputs())).changes).toBe(false);
    rmSync(kubernetesRecordFile(inputs()));
    cluster.objects.set(`${slices}/kubernetes`, { endpoints: [], ports: [] });
    expect((await look()).apiServers).toEqual(['10.96.0.1:443']);
    expect((await clusterRecordResource.diff(await look(), inputs())).changes).toBe(true);
  });

  it.each([{ context: 'there' }, { namespace: 'elsewhere' }])(
    'refuses to bring the stack up elsewhere as well: %j',
    async (change) => {
      expect((await clusterRecordResource.check({}, inputs())).failures).toEqual([]);
      await clusterRecordResource.create(inputs());
      expect((await clusterRecordResource.check({}, inputs())).failures).toEqual([]);
      const { failures } = await clusterRecordResource.check({}, { ...inputs(), ...change });
      const [property] = Object.keys(change);
      expect(failures).toEqual([{ property, reason: expect.stringContaining('take the stack down first') }]);
    },
  );
});

describe('KeptObjects', () => {
  it('makes keys and the shut door once, and keeps them', async () => {
    const { outs } = await keptObjectsResource.create(own);
    const { data } = cluster.objects.get(secret) as { data: Record<string, string> };
    expect(Object.keys(data)).toEqual(['venue-key', 'venue-control-key', 'operator-token']);
    for (const value of Object.values(data)) expect(decode(value)).toMatch(/^[0-9a-f]{64}\n$/);
    expect(new Set(Object.values(data)).size).toBe(3);
    expect(cluster.objects.get(admission)).toMatchObject({ data: { halted: 'true', posture: '' } });
    // Neither reaches the engine's state.
    expect(outs).toEqual({ ...own, whole: true });

    cluster.objects.set(admission, { data: { halted: 'false', posture: 'sha256:1' } });
    await keptObjectsResource.update(own);
    await keptObjectsResource.delete(outs!);
    expect((cluster.objects.get(secret) as { data: object }).data).toEqual(data);
    expect(cluster.objects.get(admission)).toMatchObject({ data: { halted: 'false' } });
  });

  it('adds what is missing, and keeps what is not', async () => {
    cluster.objects.set(secret, { data: { 'venue-key': 'a2V5' } });
    cluster.objects.set(admission, { data: {} });
    const look = async () => {
      const { props } = await keptObjectsResource.read('main', own);
      return (await keptObjectsResource.diff(props!, own)).changes;
    };
    expect(await look()).toBe(true);
    await keptObjectsResource.update(own);
    expect(await look()).toBe(false);
    expect(cluster.objects.get(secret)).toMatchObject({ data: { 'venue-key': 'a2V5' } });
    cluster.objects.delete(admission);
    expect(await look()).toBe(true);
  });

  it('says what it may not do', async () => {
    cluster.forbidden.add(secret);
    await expect(keptObjectsResource.create(own)).rejects.toThrow('forbidden');
  });
});

it('ShownFiles: has pods that run look at their files again', async () => {
  const pod = `${inNamespace}/pods/gateway-1`;
  expect((await shownFilesResource.create({ ...own, digest: 'sha256:0' })).outs).toMatchObject({ digest: 'sha256:0' });
  cluster.objects.set(pod, { metadata: { name: 'gateway-1', annotations: { kept: 'yes' } } });
  const { outs } = await shownFilesResource.create({ ...own, digest: 'sha256:1' });
  expect(cluster.objects.get(pod)?.metadata?.annotations).toEqual({ kept: 'yes', 'cutover.dev/shown': 'sha256:1' });
  expect(await shownFilesResource.diff(outs!, { ...own, digest: 'sha256:1' })).toEqual({ changes: false });
  expect(await shownFilesResource.diff(outs!, { ...own, digest: 'sha256:2' })).toEqual({ changes: true });
});
