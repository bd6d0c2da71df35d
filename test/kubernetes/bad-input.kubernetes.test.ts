import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { namespaceOf } from '../../platforms/kubernetes/names';
import { freePort } from '../helpers/free-port';
import { prepareEngine, type Ran, set } from '../helpers/project';
import { describeOnKubernetes, kubeconfig } from './bed';
import { ClusterProject } from './cluster-project';
import { shippedImage } from './plain-stack';
import { patient } from './pods';

/**
 * What is wrong with a kubeconfig, a cluster, rights, disks, images or room is said by name, with the way out; and the
 * first `up` after it was mended succeeds.
 */
const namespace = namespaceOf('main');
const nobody = 'bad-input-nobody';
let stack: ClusterProject;
let image: string;
let folder: string;

// biome-ignore lint/suspicious/noExplicitAny: a kubeconfig of any shape
function useKubeconfig(change: (config: any) => void): void {
  const config = parse(readFileSync(kubeconfig(), 'utf8'));
  change(config);
  useFile(stringify(config));
}

function useFile(text: string): void {
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, text);
  vi.stubEnv('KUBECONFIG', file);
}

/** `cutover up` that ends with an error in form. @returns everything that the error says */
async function refused(exitCode: number, code: string): Promise<string> {
  const ran = await stack.verb(exitCode, 'up');
  const { error } = ran.json;
  expect(error, ran.stderr).toMatchObject({ code });
  expectNoTrace(ran);
  return [error.message, ...error.details].join('\n');
}

function expectNoTrace({ stdout, stderr }: Ran): void {
  expect(stdout + stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
}

describeOnKubernetes('bad input on Kubernetes', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    await prepareEngine();
    folder = mkdtempSync(path.join(tmpdir(), 'cutover-bad-input-'));
    image = await shippedImage();
    stack = await ClusterProject.make(image);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  afterAll(async () => {
    await stack?.destroy();
    rmSync(folder, { recursive: true });
    await execa('kubectl', ['delete', 'serviceaccount', nobody, '--ignore-not-found']);
  });

  it('no kubeconfig at all, and one that is not where KUBECONFIG says', async () => {
    vi.stubEnv('KUBECONFIG', undefined);
    vi.stubEnv('HOME', folder);
    expect(await refused(5, 'cluster_unreachable')).toMatch(/expected a kubeconfig in ~\/\.kube\/config.*KUBECONFIG/);
    const missing = path.join(folder, 'nowhere');
    vi.stubEnv('KUBECONFIG', missing);
    expect(await refused(5, 'cluster_unreachable')).toContain(`${missing}, received no such file`);
  });

  it('a kubeconfig that is no YAML, and YAML that is no kubeconfig', async () => {
    useFile('contexts: [{');
    const file = process.env.KUBECONFIG!;
    expect(await refused(5, 'cluster_unreachable')).toMatch(
      `expected a kubeconfig in ${file}, received what is none: `,
    );
    useFile('- a\n- list\n');
    expect(await refused(5, 'cluster_unreachable')).toContain(file);
  });

  it('a context that the kubeconfig does not have', async () => {
    stack.project.configure('Another cluster', (config) => set(config, ['kubernetes', 'context'], 'production'));
    const words = await refused(5, 'cluster_unreachable');
    expect(words).toMatch(/expected the context production in .*, which has tests; set cutover:kubernetes\.context/);
    stack.project.git('revert', '--no-edit', 'HEAD');
  });

  it('a cluster that does not answer', async () => {
    const server = `https://127.0.0.1:${await freePort()}`;
    useKubeconfig(({ clusters }) => {
      clusters[0].cluster.server = server;
    });
    expect(await refused(5, 'cluster_unreachable')).toMatch(
      `expected a Kubernetes API server at ${server}, received: `,
    );
  });

  it('a cluster that does not know who asks', async () => {
    useKubeconfig(({ users }) => {
      users[0].user.token = 'expired';
    });
    expect(await refused(5, 'cluster_unauthorised')).toMatch(/received 401; renew the credentials/);
  });

  it('a user who may not make what a stack is made of', async () => {
    await execa('kubectl', ['create', 'serviceaccount', nobody]);
    const { stdout: token } = await execa('kubectl', ['create', 'token', nobody]);
    useKubeconfig(({ users }) => {
      users[0].user.token = token;
    });
    const words = await refused(5, 'cluster_forbidden');
    expect(words).toContain('create and patch namespaces in the cluster');
    expect(words).toContain(`create and patch deployments in namespace ${namespace}`);
    expect(words).toContain("ask the cluster's administrator");
  });

  it('a storage class that the cluster does not have; none of all that has left anything', async () => {
    stack.project.configure('Fast disks', (config) => set(config, ['kubernetes', 'storageClass'], 'gold'));
    const words = await refused(5, 'storage_class_missing');
    expect(words).toMatch(/cutover:kubernetes\.storageClass: expected .*, received gold; the cluster has standard/);
    stack.project.git('revert', '--no-edit', 'HEAD');
    const { stdout } = await execa('kubectl', ['get', 'namespaces', '--output', 'name'], { lines: true });
    expect(stdout).not.toContain(`namespace/${namespace}`);
  });

  it('an image that cannot be pulled ends the up, and is named with its workload; with another, up succeeds', async () => {
    const missing = `127.0.0.1:9/team/cutover@sha256:${'0'.repeat(64)}`;
    stack.project.configure('Not pushed', (config) => set(config, ['kubernetes', 'image'], missing));
    const words = await refused(5, 'image_missing');
    expect(words).toMatch(/cutover:kubernetes\.image: expected an image for [a-z-]+ that the nodes can pull/);
    expect(words).toContain(`received ${missing}`);
    expectNoTrace(await stack.verb(4, 'status'));
    stack.project.git('revert', '--no-edit', 'HEAD');
    expect((await stack.verb(0, 'up')).json).toMatchObject({ tradingMode: 'paper' });
  });

  it('a quota that leaves too little room is named before anything changes', async () => {
    const before = await stack.pods();
    await quota('small', { hard: { pods: '5' } });
    expect(await refused(5, 'quota_exceeded')).toMatch(/room for pods 6 in quota small of namespace .* leaves pods 5/);
    await stack.kubectl('delete', 'resourcequota', 'small');
    expect(await stack.pods()).toEqual(before);
  });

  it('pods that the cluster refuses end the up, with its own words; when it lets them be made, up succeeds', async () => {
    await quota('scoped', { hard: { pods: '1' }, scopes: ['NotBestEffort'] });
    stack.project.configure('Less', (config) => set(config, ['risk', 'maxOrderUsd'], 4000));
    const words = await refused(5, 'pod_refused');
    expect(words).toMatch(/expected the cluster to let a pod of [a-z-]+ be made, received: .*exceeded quota: scoped/);
    await stack.kubectl('delete', 'resourcequota', 'scoped');
    await stack.verb(0, 'up');
    await expect.poll(async () => (await stack.project.cutover('status')).exitCode, patient).toBe(0);
  });
});

/** Makes a quota, and waits until the cluster holds to it. */
async function quota(name: string, spec: object): Promise<void> {
  await stack.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec });
  const used = () => stack.kubectl('get', 'resourcequota', name, '--output=jsonpath={.status.used.pods}');
  await expect.poll(used, patient).not.toBe('');
}
