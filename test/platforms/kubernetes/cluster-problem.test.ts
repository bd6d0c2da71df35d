import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ClusterError } from '../../../platforms/kubernetes/client';
import { asProblem, describeClusterProblem } from '../../../platforms/kubernetes/cluster-problem';
import { createKubernetesOperations } from '../../../platforms/kubernetes/operations';
import { freePort } from '../../helpers/free-port';

let folder: string;
let server: Server;
let answer: (url: string, body: { spec?: { resourceAttributes?: Record<string, string> } } | null) => [number, object];
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-cluster-'));
  server = http.createServer(async (request, response) => {
    const [status, body] = answer(request.url!, JSON.parse((await text(request)) || 'null'));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  answer = () => [200, { status: { allowed: true } }];
  useServer((server.address() as AddressInfo).port);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function useServer(port: number): void {
  const file = path.join(folder, 'config');
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    clusters: [{ name: 'one', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'x' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  vi.stubEnv('KUBECONFIG', file);
}

const problem = (context?: string) => describeClusterProblem({ kind: 'context', context }, 'cutover-main');

it('finds nothing wrong with a cluster that lets everything be done', async () => {
  expect(await problem()).toBeUndefined();
  expect(await problem('here')).toBeUndefined();
});

it('names a context that there is not, and those that there are', async () => {
  const { code, sentences } = (await problem('there'))!;
  expect(code).toBe('cluster_unreachable');
  expect(sentences.join()).toMatch(/context there .*has here/);
});

it('names the server that does not answer', async () => {
  const port = await freePort();
  useServer(port);
  const { code, sentences } = (await problem())!;
  expect(code).toBe('cluster_unreachable');
  expect(sentences.join()).toContain(`http://127.0.0.1:${port}`);
});

it('says that the cluster does not know who asks', async () => {
  answer = () => [401, { message: 'Unauthorized', reason: 'Unauthorized' }];
  expect(await problem()).toMatchObject({ code: 'cluster_unauthorised' });
});

it('says that whoever asks may not ask at all', async () => {
  answer = () => [403, { message: 'go away', reason: 'Forbidden' }];
  expect(await problem()).toMatchObject({ code: 'cluster_forbidden', sentences: [expect.stringContaining('go away')] });
});

it('is said by verbs, where a cluster cannot be asked; any other error stays what it is', async () => {
  const place = { stack: 'main', projectDir: folder, home: folder };
  useServer(await freePort());
  const unreachable = { code: 'cluster_unreachable', exitCode: 5 };
  const operations = createKubernetesOperations(place, undefined);
  await expect(operations.observe()).rejects.toMatchObject(unreachable);
  await expect(operations.stop('backend')).rejects.toMatchObject(unreachable);
  await expect(createKubernetesOperations(place, undefined, { context: 'there' }).observe()).rejects.toMatchObject(
    unreachable,
  );
  expect((await operations.observePosture()).posture).toBeNull();
  expect(asProblem(new ClusterError('no', 403, 'Forbidden'), 'here')).toMatchObject({ code: 'cluster_forbidden' });
  const other = new Error('pod a/b still runs');
  expect(asProblem(other, 'here')).toBe(other);
});

it('names each right that is missing, and where', async () => {
  answer = (_url, body) => {
    const { resource, subresource } = body?.spec?.resourceAttributes ?? {};
    return [200, { status: { allowed: subresource !== 'exec' && resource !== 'namespaces' } }];
  };
  const { code, sentences } = (await problem())!;
  expect(code).toBe('cluster_forbidden');
  expect(sentences).toEqual([
    expect.stringMatching(/create pods\/exec in namespace cutover-main/),
    expect.stringMatching(/create and patch namespaces in the cluster/),
  ]);
});
