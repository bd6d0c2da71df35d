import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../helpers/free-port';
import { ensureInstalled } from '../../helpers/system-packages';
import { runTool } from '../../helpers/tool';

/** A real sshd of a test's own, on a port of 127.0.0.1. */
export interface SshServer {
  /** `ssh://user@127.0.0.1:port`, without a path. */
  readonly address: string;
  /** Goes before the PATH of whoever is to know this server: an `ssh` with a config of its own, which has its key. */
  readonly bin: string;
  /** The file of the hosts that this `ssh` knows. */
  readonly knownHosts: string;
  stop(): void;
}

/** Sees that an sshd is installed. @returns why there is none and cannot be one, else undefined */
export const ensureSshd = (onProgress: (message: string) => void): Promise<string | undefined> =>
  ensureInstalled({ '/usr/sbin/sshd': 'openssh-server', ssh: 'openssh-client' }, 15, onProgress);

/** Starts it. @throws Error with its words when it does not start */
export async function startSshServer(): Promise<SshServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-sshd-'));
  const own = (name: string) => path.join(folder, name);
  for (const name of ['host', 'user']) runTool('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', own(name));
  const port = await freePort();
  mkdirSync('/run/sshd', { recursive: true });
  const knownHosts = own('known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(own('host.pub'), 'utf8')}`);
  const config = ['ListenAddress 127.0.0.1', `HostKey ${own('host')}`, `AuthorizedKeysFile ${own('user.pub')}`];
  writeFileSync(own('sshd'), [...config, 'StrictModes no', 'UsePAM no', `PidFile ${own('pid')}`, ''].join('\n'));
  const client = [`IdentityFile ${own('user')}`, 'IdentitiesOnly yes', `UserKnownHostsFile ${knownHosts}`];
  writeFileSync(own('ssh'), [...client, 'StrictHostKeyChecking yes', ''].join('\n'));
  const bin = own('bin');
  mkdirSync(bin);
  const real = runTool('sh', '-c', 'command -v ssh').trim();
  writeFileSync(path.join(bin, 'ssh'), `#!/bin/sh\nexec ${real} -F ${own('ssh')} "$@"\n`, { mode: 0o755 });

  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-p', String(port), '-f', own('sshd')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const stop = () => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  while (!(await listens(port))) {
    if (server.exitCode !== null) {
      stop();
      throw new Error(`sshd does not start: ${said.trim()}`);
    }
    await sleep(50);
  }
  return { address: `ssh://${userInfo().username}@127.0.0.1:${port}`, bin, knownHosts, stop };
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
