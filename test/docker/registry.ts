import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/**
 * A registry as the distribution specification has it, as far as a push needs it, in memory. A daemon talks to one on
 * loopback by http.
 * @param login `user:password` that it asks for; nobody is let in with an empty one
 */
export async function startRegistry(login?: string) {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

  const answer = (request: IncomingMessage, body: Buffer): [status: number, headers?: Record<string, string>] => {
    const { pathname, searchParams } = new URL(request.url!, 'http://registry');
    if (login !== undefined) {
      const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const isKnown = login !== '' && Buffer.from(given, 'base64').toString() === login;
      if (!isKnown) return [401, { 'www-authenticate': 'Basic realm="test"' }];
    }
    if (pathname === '/v2/') return [200];
    const [, name, kind, last] = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/([^/]*)$/.exec(pathname) ?? [];
    if (kind === 'blobs')
      return blobs.has(last!) ? [200, { 'content-length': String(blobs.get(last!)!.length) }] : [404];
    if (kind === 'manifests') {
      if (request.method !== 'PUT') return [404];
      manifests.set(`${name}:${last}`, body);
      return [201, { 'docker-content-digest': digestOf(body) }];
    }
    const id = last || randomUUID();
    const known = Buffer.concat([uploads.get(id) ?? Buffer.alloc(0), body]);
    uploads.set(id, known);
    const digest = searchParams.get('digest');
    if (request.method === 'PUT' && digest) {
      if (digestOf(known) !== digest) return [400];
      blobs.set(digest, known);
      return [201, { 'docker-content-digest': digest }];
    }
    return [202, { location: `/v2/${name}/blobs/uploads/${id}`, range: `0-${Math.max(0, known.length - 1)}` }];
  };

  const server = createServer(async (request, response) => {
    const [status, headers] = answer(request, await buffer(request));
    response.writeHead(status, { 'docker-distribution-api-version': 'registry/2.0', ...headers }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, blobs, manifests, digestOf };
}
