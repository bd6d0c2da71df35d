import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/**
 * Listens on a free port of 127.0.0.1 until this process ends, which it does not hold up.
 * @param connect leads a connection to where it belongs; one that it fails for ends like one to a port where nothing listens
 * @returns the address, as a URL without path
 */
export async function listenFor(connect: (socket: Socket) => Promise<void>): Promise<string> {
  const server = createServer((socket) => {
    socket.unref();
    connect(socket).catch(() => socket.resetAndDestroy());
  });
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
