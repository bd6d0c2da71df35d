import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { forwardBySsh } from './ssh';

/** Opens a connection. @throws Error, or tells one as an event of the connection */
export type Dial = () => Promise<Socket>;

/** Has HTTP requests go over connections that something else opens. */
export class DialAgent extends Agent {
  constructor(private readonly dial: Dial) {
    super();
  }

  override createConnection(
    _options: object,
    done: (error: Error | null, stream: Duplex) => void = () => {},
  ): undefined {
    const failed = done as (error: Error) => void;
    this.dial().then((socket) => done(null, socket), failed);
  }
}

/**
 * How a daemon on another host is reached.
 * @param url `ssh:` or `tcp:`
 * @param socket the daemon's, there
 * @param certificates the folder of ca.pem, cert.pem and key.pem; absent without TLS
 */
export function dialTo(url: URL, socket: string, certificates?: string): Dial {
  if (url.protocol === 'ssh:') return forwardBySsh(url, socket);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (certificates === undefined ? 2375 : 2376);
  if (certificates === undefined) return async () => connect(port, host);
  const read = (name: string) => readFileSync(path.join(certificates, name));
  return async () => connectTls({ host, port, ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') });
}
