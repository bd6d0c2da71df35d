import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';

/** A daemon, and what is needed to talk to it. Plain JSON: a stack's record keeps it. */
export interface Daemon {
  /** As in DOCKER_HOST: `unix:///...`, `ssh://...` or `tcp://...`. */
  readonly address: string;
  /** Of one on another host: its socket there, which the guardian's proxy is given and `ssh` forwards. */
  readonly socket?: string;
  /** The folder of ca.pem, cert.pem and key.pem; absent without TLS. */
  readonly certificates?: string;
}

/** Where every daemon has its socket unless it is told otherwise. */
const usualSocket = '/var/run/docker.sock';

/** Names the socket of a daemon on another host, where it is not the usual one. */
export const socketVariable = 'CUTOVER_DOCKER_SOCKET';

/** The daemon that the environment names, as `docker` reads it. */
export function currentDaemon(environment: NodeJS.ProcessEnv = process.env): Daemon {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = environment;
  const address = DOCKER_HOST || `unix://${usualSocket}`;
  const url = urlOf(address);
  if (!url) return { address };
  const own = url.protocol === 'ssh:' && url.pathname.length > 1 ? url.pathname : undefined;
  const socket = own ?? (environment[socketVariable] || usualSocket);
  const secured = url.protocol === 'tcp:' && (DOCKER_TLS_VERIFY || DOCKER_CERT_PATH);
  if (!secured) return { address, socket };
  return { address, socket, certificates: path.resolve(DOCKER_CERT_PATH || path.join(homedir(), '.docker')) };
}

/** What has other programs, such as the engine's plugin, find the same daemon. */
export function daemonEnvironment({ address, socket, certificates }: Daemon): Record<string, string> {
  return {
    DOCKER_HOST: address,
    ...(socket === undefined ? {} : { [socketVariable]: socket }),
    ...(certificates === undefined ? {} : { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates }),
  };
}

/** The daemon's socket as a file of this machine; undefined where its address is no socket's. */
export const socketOf = (address: string): string | undefined => /^unix:\/\/(\/.+)$/.exec(address)?.[1];

/** Whether a daemon is on another host, so that it sees none of this machine's files and has other networks. */
export const isRemote = ({ address }: Daemon): boolean => urlOf(address) !== undefined;

/** The address of a daemon on another host, in its parts; undefined for any other. */
export function urlOf(address: string): URL | undefined {
  if (!/^(ssh|tcp):\/\//.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  // What begins with a dash would be an option to the programs that are given it.
  const isPlain = /^[^-\s]\S*$/.test(url.hostname) && /^([\w.@][\w.@-]*)?$/.test(url.username);
  return isPlain && url.password === '' ? url : undefined;
}

/** Why no stack can be brought up at an address, as a sentence with the way out; undefined where one can. */
export function describeUnusable({ address, socket, certificates }: Daemon): string | undefined {
  if (socketOf(address) !== undefined) return undefined;
  const url = urlOf(address);
  if (!url)
    return `expected DOCKER_HOST to be unix:///path/of/socket, ssh://user@host or tcp://host:port, received ${address}; unset DOCKER_HOST for the daemon of this machine`;
  if (!socket?.startsWith('/'))
    return `expected ${socketVariable} to be the path of the daemon's socket on its host, received ${socket}; unset it for ${usualSocket}`;
  if (url.protocol === 'ssh:') return undefined;
  if (!certificates) {
    if (isLoopback(url.hostname)) return undefined;
    return `expected DOCKER_HOST to be reached over TLS or ssh, received ${address} without TLS: secrets would cross the network in plain text, and whoever reaches that port is root there; set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use ssh://user@${url.hostname}`;
  }
  const missing = ['ca.pem', 'cert.pem', 'key.pem'].filter((name) => !existsSync(path.join(certificates, name)));
  if (missing.length === 0) return undefined;
  return `expected DOCKER_CERT_PATH to hold ca.pem, cert.pem and key.pem, received ${certificates} without ${missing.join(', ')}; set it to the folder that holds them`;
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}
