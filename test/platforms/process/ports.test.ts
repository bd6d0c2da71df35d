import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { findListener, isPortFree } from '../../../platforms/process/ports';
import { freePort } from '../../helpers/free-port';

const host = '127.0.0.1';
const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const folder = mkdtempSync(path.join(tmpdir(), 'cutover-ports-'));
const script = path.join(folder, 'listen.js');
writeFileSync(
  script,
  `const [host, port] = process.argv.slice(2);
  require('node:net').createServer().listen({ host, port: Number(port), ipv6Only: host === '::' }, () => process.send('up'));`,
);
const children: ChildProcess[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listenElsewhere(address: string, port: number): Promise<number> {
  const child = fork(script, [address, String(port)]);
  children.push(child);
  await once(child, 'message');
  return child.pid!;
}

async function listenHere(address: string, port = 0): Promise<number> {
  const server = createServer().listen(port, address);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('isPortFree', () => {
  it('tells a free port from one that is taken, here or on all addresses', async () => {
    expect(await isPortFree(await freePort(), host)).toBe(true);
    expect(await isPortFree(await listenHere(host), host)).toBe(false);
    expect(await isPortFree(await listenHere('0.0.0.0'), host)).toBe(false);
  });
});

describe('findListener', () => {
  it('finds nobody on a free port', async () => {
    expect(findListener(await freePort(), host)).toBeUndefined();
  });

  it.each([host, '0.0.0.0', ...(hasIpv6 ? ['::', '::ffff:127.0.0.1'] : [])])(
    'finds who answers, listening on %s',
    async (address) => {
      expect(findListener(await listenHere(address), host)).toBe(process.pid);
    },
  );

  it('finds another process, and nobody once it is dead', async () => {
    const port = await freePort();
    const pid = await listenElsewhere(host, port);
    expect(findListener(port, host)).toBe(pid);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => findListener(port, host)).toBeUndefined();
  });

  it.each(['127.0.0.2', ...(hasIpv6 ? ['::1', '::'] : [])])(
    'is not misled by a stranger with the same port on %s',
    async (address) => {
      const port = await listenHere(host);
      await listenElsewhere(address, port);
      expect(findListener(port, host)).toBe(process.pid);
    },
  );

  it('does not see a process on another address only', async () => {
    const port = await freePort();
    await listenElsewhere('127.0.0.2', port);
    expect(findListener(port, host)).toBeUndefined();
  });
});
