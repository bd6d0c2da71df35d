import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { endianness } from 'node:os';

/** Whether a port on a local address can be listened on now. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The process that answers on a TCP port of a local IPv4 address, as far as `/proc` tells this user: it listens on that
 * very address or on all of them. One that listens on another address only, such as `::1`, does not count.
 * @param likely the PID that should be the one; looked at first, since to look at all of them costs
 * @param listening what `listListening` gave, where more than one port is looked at
 * @returns its PID, or undefined where nobody listens or it cannot be seen
 */
export function findListener(
  port: number,
  host: string,
  likely?: number,
  listening: readonly ListeningSocket[] = listListening(),
): number | undefined {
  const sockets = listening.filter((socket) => socket.port === port);
  // The kernel hands a connection to the socket on the very address first.
  const exact = sockets.filter(({ address }) => isAddress(host, address));
  const local = exact.length > 0 ? exact : sockets.filter(({ address }) => /^0+$/.test(address));
  const inodes = new Set(local.map(({ inode }) => inode));
  if (inodes.size === 0) return undefined;
  if (likely !== undefined && holdsSocket(likely, inodes)) return likely;
  return readdirOrEmpty('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .find((pid) => holdsSocket(pid, inodes));
}

function holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  return readdirOrEmpty(`/proc/${pid}/fd`).some((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkOrEmpty(`/proc/${pid}/fd/${descriptor}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

/** A TCP socket that is listened on. */
export interface ListeningSocket {
  /** As the kernel's table writes it: hexadecimal, each four bytes in the order of the machine. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** Every TCP socket that is listened on now. The kernel goes through all of its connections for it, which takes milliseconds. */
export function listListening(): ListeningSocket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(listeningSockets);
}

/** The sockets in state LISTEN (0A), from the kernel's table. */
function listeningSockets(table: string): ListeningSocket[] {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return []; // not Linux
  }
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A')
    .map((fields) => {
      const [address = '', port = ''] = fields[1]!.split(':');
      return { address, port: Number.parseInt(port, 16), inode: fields[9]! };
    });
}

/** Whether an address of the kernel's table is this IPv4 address, as such or mapped into IPv6. */
function isAddress(host: string, address: string): boolean {
  const bytes = Buffer.from(host.split('.').map(Number));
  if (endianness() === 'LE') bytes.reverse();
  return address.replace(/^0{16}(FFFF0000|0000FFFF)/, '') === bytes.toString('hex').toUpperCase();
}

function readdirOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function readlinkOrEmpty(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
