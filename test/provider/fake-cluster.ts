import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** An object as the API has it. */
export type Stored = Record<string, unknown> & { metadata?: { name?: string; annotations?: object; labels?: object } };

/**
 * A server that keeps objects by their path, as far as the provider's own resources ask for that; the real API server is
 * asked in test/kubernetes. KUBECONFIG names it.
 */
export async function startFakeCluster() {
  const objects = new Map<string, Stored>();
  /** Paths that are refused as forbidden. */
  const forbidden = new Set<string>();
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://cluster');
    const body = JSON.parse((await text(request)) || 'null');
    const [status, answer] = forbidden.has(url.pathname)
      ? [403, { message: 'forbidden', reason: 'Forbidden' }]
      : respond(objects, request.method!, url.pathname, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-cluster-'));
  const kubeconfig = path.join(folder, 'config');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'fake', user: 'me' } }],
      clusters: [{ name: 'fake', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: {} }],
    }),
  );
  return {
    objects,
    forbidden,
    kubeconfig,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

function respond(objects: Map<string, Stored>, method: string, where: string, body: Stored): [number, object] {
  const found = objects.get(where);
  if (method === 'POST') {
    const name = `${where}/${body.metadata?.name}`;
    if (objects.has(name)) return [409, { reason: 'AlreadyExists' }];
    objects.set(name, body);
    return [201, body];
  }
  const items = [...objects].filter(([name]) => name.startsWith(`${where}/`)).map(([, item]) => item);
  if (/\/(pods|endpointslices)$/.test(where)) return [200, { items, metadata: {} }];
  if (!found) return [404, { reason: 'NotFound' }];
  if (method === 'PATCH') objects.set(where, merge(found, body) as Stored);
  return [200, objects.get(where)!];
}

function merge(one: unknown, other: unknown): unknown {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return other;
  const merged = Object.entries(other).map(([key, value]) => [key, merge((one as Stored)[key], value)]);
  return { ...one, ...Object.fromEntries(merged) };
}
