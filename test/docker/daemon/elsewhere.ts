import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, folderName, hostOf, lastWords, takeDown } from './daemon';

/** Where the daemon's own socket is, as its containers are given it. */
export const socketThere = '/var/run/docker.sock';

/**
 * Starts a Docker daemon on what is another host to it: its own network, in which no address of this machine is reached
 * nor any of its from here, and other files under `/tmp`, `/run` and `/var/lib`. Only its folder is shared, with a
 * socket that leads to it.
 * @returns the folder, once the daemon answers; `takeDown` ends it
 * @throws Error with the daemon's last words when it does not start; nothing is left of it then
 */
export async function startDaemonElsewhere(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), folderName));
  const own = (name: string) => path.join(folder, name);
  try {
    writeFileSync(own('bed.json'), JSON.stringify({ keeper: process.pid }));
    writeFileSync(own('no-config.json'), '{}');
    const log = openSync(own('log'), 'a');
    const arrange = [
      'set -e',
      // The shared folder is under what is hidden, and is put back there.
      `mount --bind ${folder} /mnt`,
      'mount -t tmpfs tmpfs /tmp',
      'mount -t tmpfs tmpfs /run',
      'mount -t tmpfs tmpfs /var/lib',
      `mkdir -p ${folder}`,
      `mount --move /mnt ${folder}`,
      'ip link set lo up',
      'exec "$@"',
    ].join('\n');
    const daemon = [
      ...['dockerd', '--data-root', own('data'), '--exec-root', own('exec'), '--pidfile', own('pid')],
      ...['--host', `unix://${socketThere}`, '--host', hostOf(folder), '--config-file', own('no-config.json')],
    ];
    const child = spawn(
      'unshare',
      ['--mount', '--net', '--propagation', 'private', 'sh', '-c', arrange, 'sh', ...daemon],
      { stdio: ['ignore', log, log], detached: true },
    );
    let ended: string | undefined;
    child.on('error', (error) => {
      ended = error.message;
    });
    child.on('exit', (code) => {
      ended = `it ended with code ${code}`;
    });
    while (!(await answers(hostOf(folder)))) {
      if (ended) throw new Error(`dockerd does not start: ${lastWords(folder) ?? ended}`);
      await sleep(100);
    }
    child.removeAllListeners();
    child.unref();
    return folder;
  } catch (error) {
    await takeDown(folder);
    throw error;
  }
}
