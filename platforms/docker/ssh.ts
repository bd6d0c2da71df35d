import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** How long a connection may take to come up, seconds. */
const connectSeconds = 10;

/**
 * Connections to a daemon's socket on another host through one `ssh` of this process: the program itself, with the
 * user's own config, keys and known hosts, so that a host that is not known is refused. It never asks anything.
 * @param url `ssh://user@host:port`
 * @param socket the daemon's, on that host
 */
export function forwardBySsh(url: URL, socket: string): () => Promise<Socket> {
  let forward: Promise<string> | undefined;
  return async () => {
    forward ??= openForward(url, socket, () => {
      forward = undefined;
    });
    return connect(await forward);
  };
}

/**
 * @param onEnd is called when the forward has ended, or did not come up
 * @returns a socket of this machine that leads to the one there, open until this process ends
 * @throws Error with the last words of `ssh`
 */
async function openForward(url: URL, socket: string, onEnd: () => void): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-ssh-'));
  const local = path.join(folder, 'docker.sock');
  const child = spawn('ssh', sshArguments(url, local, socket), { stdio: 'pipe' });
  const end = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  child.once('close', () => {
    process.off('exit', end);
    end();
    onEnd();
  });
  try {
    await echo(child);
  } catch (error) {
    end();
    onEnd();
    throw error;
  }
  // It is not to hold this process up.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
  return local;
}

/** The words after `ssh`. Pure. */
export function sshArguments(url: URL, local: string, socket: string): string[] {
  const options = [
    'BatchMode=yes',
    'ExitOnForwardFailure=yes',
    `ConnectTimeout=${connectSeconds}`,
    'ServerAliveInterval=15',
  ];
  return [
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(url.username ? ['-l', url.username] : []),
    ...(url.port ? ['-p', url.port] : []),
    ...['-L', `${local}:${socket}`, '--', url.hostname.replace(/^\[|\]$/g, '')],
    // It ends with its standard input, and so with this process however that ends.
    'cat',
  ];
}

/** Waits until what is written there comes back: then forwards are open. */
function echo(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-2_000);
    });
    child.stdin!.on('error', () => {}); // its end is told by `close`
    child.once('error', (error) => reject(new Error(`ssh cannot be run: ${error.message}`)));
    child.once('close', (code) =>
      reject(new Error(`ssh says ${said.trim().split('\n').at(-1) || `nothing, and exit code ${code}`}`)),
    );
    child.stdout!.once('data', () => resolve());
    child.stdin!.write('\n');
  });
}
