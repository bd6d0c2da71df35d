import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Cluster, ClusterError, connect, orAbsent } from '../../../platforms/kubernetes/client';

let folder: string;
let server: Server;
let cluster: Cluster;
const asked: [method: string, url: string, type: string | undefined, body: string][] = [];
beforeEach(async () => {
  asked.length = 0;
  server = http.createServer(async (request, response) => {
    const { method, url, headers } = request;
    asked.push([method!, url!, headers['content-type'], await text(request)]);
    const status = Number(/\d+/.exec(url!)?.[0] ?? 200);
    response.writeHead(status).end(JSON.stringify(status === 200 ? { ok: true } : { message: 'no', reason: 'Nope' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-client-'));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    clusters: [{ name: 'one', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'x' } }],
  };
  writeFileSync(path.join(folder, 'config'), JSON.stringify(config));
  vi.stubEnv('KUBECONFIG', path.join(folder, 'config'));
  cluster = await connect({ kind: 'context' });
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

it('sends what it is told to, one request after the other on one connection', async () => {
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await cluster.json('DELETE', '/a', { body: { uid: 'ü' } });
  expect(await cluster.json('GET', '/b')).toEqual({ ok: true });
  await cluster.json('PATCH', '/c', { body: {}, contentType: 'application/merge-patch+json' });
  expect(asked).toEqual([
    ['DELETE', '/a', 'application/json', '{"uid":"ü"}'],
    ['GET', '/b', undefined, ''],
    ['PATCH', '/c', 'application/merge-patch+json', '{}'],
  ]);
  expect(connections).toBe(1);
});

it('asks again where the server has given up a connection that was kept', async () => {
  expect(await cluster.json('GET', '/a')).toEqual({ ok: true });
  server.once('request', (request) => request.socket.destroy());
  expect(await cluster.json('GET', '/b')).toEqual({ ok: true });
  await cluster.json('GET', '/c');
  server.once('request', (request) => request.socket.destroy());
  await expect(cluster.json('PATCH', '/d', { body: {} })).rejects.toThrow();
});

it('says what the API server says of a request that failed', async () => {
  const { name } = ClusterError;
  await expect(cluster.json('GET', '/403')).rejects.toMatchObject({ name, status: 403, reason: 'Nope', message: 'no' });
  expect(await orAbsent(cluster.json('GET', '/404'))).toBeUndefined();
  await expect(orAbsent(cluster.json('GET', '/409'))).rejects.toMatchObject({ status: 409 });
});
