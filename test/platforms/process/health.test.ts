import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askHealth, isHealthy } from '../../../platforms/process/health';
import { freePort } from '../../helpers/free-port';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(status: number, body: string): Promise<string> {
  server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('askHealth', () => {
  it.each<[number, string, boolean]>([
    [200, '{"ok": true}', true],
    [200, '{"ok": "true"}', false],
    [200, '{"ok": false}', false],
    [200, '{}', false],
    [200, 'null', false],
    [200, 'fine', false],
    [503, '{"ok": true}', false],
    [500, '', false],
  ])('takes %i %s for healthy: %s', async (status, body, healthy) => {
    const answer = await askHealth(await serve(status, body));
    expect(answer?.status).toBe(status);
    expect(isHealthy(answer)).toBe(healthy);
  });

  it('has no answer where nobody listens, nor from one that hangs', async () => {
    expect(await askHealth(`http://127.0.0.1:${await freePort()}`)).toBeUndefined();
    server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await askHealth(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 0.05)).toBeUndefined();
    expect(isHealthy(undefined)).toBe(false);
  });
});
