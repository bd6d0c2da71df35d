import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnKubernetes, kubeconfig } from '../bed';
import { pauseImage } from '../cluster/settings';
import { type Declared, makeProject } from './program';

const namespace = `provider-test-${process.pid}`;

describeOnKubernetes('the plugin of @pulumi/kubernetes, or its stand-in', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-provider-'));
  let project: Awaited<ReturnType<typeof makeProject>>;
  let declared: Declared;
  let live: Declared;

  async function kubectl(...args: string[]): Promise<string> {
    const { stdout } = await execa('kubectl', ['--kubeconfig', kubeconfig(), '-n', namespace, ...args]);
    return stdout;
  }
  const get = async (what: string, name = 'box') => JSON.parse(await kubectl('get', what, name, '-o', 'json'));
  const envOf = async () => (await get('deployment')).spec.template.spec.containers[0].env;
  const claim = () => kubectl('get', 'pvc', namespace, '-n', 'default', '-o', 'name');

  beforeAll(async () => {
    project = await makeProject(folder);
    declared = {
      namespace,
      image: pauseImage,
      provider: { kubeconfig: kubeconfig() },
      data: { posture: 'paper' },
      env: { MODE: 'paper' },
    };
    live = { ...declared, data: { posture: 'live' }, env: { MODE: 'live' } };
    const { code, output } = await project.pulumi('stack', 'init');
    expect(code, output).toBe(0);
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await kubectl('delete', 'namespace', namespace, '--ignore-not-found');
    await kubectl('delete', 'pvc', namespace, '-n', 'default', '--ignore-not-found');
  });

  test('creates everything, ready, as declared, and then finds no difference', async () => {
    const first = await project.up(declared);
    expect(first.code, first.output).toBe(0);
    expect(first.changes).toEqual({ created: 16 });
    expect((await get('deployment')).status).toMatchObject({ availableReplicas: 1 });
    expect((await get('endpoints')).subsets[0].addresses).toHaveLength(1);
    expect((await get('secret')).data).toEqual({ token: Buffer.from('hidden words').toString('base64') });

    const again = await project.up(declared, '--refresh');
    expect(again.changes, again.output).toEqual({ unchanged: 16 });
  });

  test('keeps no secret in plain text', async () => {
    const kept = project.kept();
    expect(kept).toContain('kubernetes:core/v1:Secret');
    expect(kept).not.toContain('hidden words');
    expect(kept).not.toContain(Buffer.from('hidden words').toString('base64'));
  });

  test('changes a ConfigMap in place, and rolls a Deployment for another environment', async () => {
    const before = [(await get('configmap')).metadata.uid, (await get('deployment')).metadata.uid];
    const { code, output, changes } = await project.up({
      ...declared,
      data: { posture: 'live' },
      env: { MODE: 'live' },
    });
    expect(code, output).toBe(0);
    expect(changes).toEqual({ updated: 2, unchanged: 14 });
    expect([(await get('configmap')).metadata.uid, (await get('deployment')).metadata.uid]).toEqual(before);
    expect((await get('configmap')).data).toEqual({ posture: 'live' });
    const pods = JSON.parse(await kubectl('get', 'pods', '-o', 'json')).items;
    const running = pods.filter((pod: { status: { phase: string } }) => pod.status.phase === 'Running');
    expect(running).toHaveLength(1);
    expect(running[0].spec.containers[0].env).toContainEqual({ name: 'MODE', value: 'live' });
  });

  test('repairs by a refresh what was changed and what was deleted', async () => {
    await kubectl('set', 'env', 'deployment/box', 'MODE=other');
    await kubectl('delete', 'configmap', 'box');
    const { code, output, changes } = await project.up(live, '--refresh');
    expect(code, output).toBe(0);
    expect(changes, output).toMatchObject({ created: 1, updated: 1 });
    expect(await envOf()).toContainEqual({ name: 'MODE', value: 'live' });
    expect((await get('configmap')).data).toEqual(live.data);
  });

  test('takes back what someone else has scaled only by force', async () => {
    const scaled = JSON.stringify({ spec: { replicas: 2 } });
    await kubectl('patch', 'deployment', 'box', '--subresource=scale', '--field-manager=other', '-p', scaled);
    const refused = await project.up(live, '--refresh');
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/conflict with "other".*\.spec\.replicas/s);
    expect((await get('deployment')).spec.replicas).toBe(2);

    const forced = await project.up({ ...live, provider: { ...live.provider, enablePatchForce: true } }, '--refresh');
    expect(forced.code, forced.output).toBe(0);
    expect((await get('deployment')).spec.replicas).toBe(1);
  });

  test('refuses misspelt inputs by name, and changes nothing', async () => {
    const before = (await get('deployment')).metadata.generation;
    const { code, output } = await project.up({ ...live, container: { comand: ['x'], image: null } });
    expect(code).not.toBe(0);
    const at = 'spec.template.spec.containers[0]';
    expect(output).toContain(`${at}.comand: an input that the schema of @pulumi/kubernetes does not know`);
    expect((await get('deployment')).metadata.generation).toBe(before);
  });

  test('fails with the reason of an image that cannot be had', async () => {
    const image = 'registry.invalid/none@sha256:0000000000000000000000000000000000000000000000000000000000000000';
    const { code, output } = await project.up({ ...live, image, update: '5s' });
    expect(code).not.toBe(0);
    expect(output).toContain("'box' timed out waiting to be Ready");
    expect(output).toMatch(/\[Pod .*\[(ErrImagePull|ImagePullBackOff)\]/);
  });

  test('removes everything in the end but what is retained', async () => {
    const { code, output } = await project.pulumi('destroy', '--yes', '--skip-preview');
    expect(code, output).toBe(0);
    await expect(kubectl('get', 'namespace', namespace)).rejects.toThrow('not found');
    expect(await claim()).toContain(namespace);
  });
});
