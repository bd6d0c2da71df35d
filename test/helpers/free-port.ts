import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range from which systems give ports to connections and to servers that ask for any: an engine that starts
 * between the choice and the use of a port must not get the same one. */
const lowest = 10_000;
const highest = 30_000;
const given = new Set<number>();

/** A loopback port that was free a moment ago, another one on each call. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false; // taken
  }
  server.close();
  await once(server, 'close');
  return true;
}
