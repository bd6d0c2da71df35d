import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeControlGroups, removeControlGroups } from '../../helpers/control-groups';
import { tryTool } from '../../helpers/tool';
import { clientOf } from './client';
import { makeOwnNetwork, networkOptions, type OwnNetwork, removeOwnNetwork, wrapIptables } from './own-network';

/** What the name of each daemon's folder begins with. */
export const folderName = 'cutover-bed-';

/** What is known of a daemon of the test bed from its folder alone, so that anybody can take it down. */
interface Bed {
  /** The process that takes the daemon down at its end. */
  readonly keeper: number;
  /** Absent where the daemon has a whole network of its own, which ends with it. */
  readonly network?: OwnNetwork;
}

/**
 * Starts a Docker daemon with everything of its own in a new folder: data, sockets, bridge, addresses, iptables chains.
 * @returns the folder, once the daemon answers
 * @throws Error with the daemon's last words when it does not start; nothing is left of it then
 */
export async function startDaemon(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), folderName));
  try {
    const network = makeOwnNetwork();
    const bed: Bed = { keeper: process.pid, network };
    writeFileSync(path.join(folder, 'bed.json'), JSON.stringify(bed));
    makeControlGroups(groupOf(folder));
    const log = openSync(path.join(folder, 'log'), 'a');
    const own = (name: string) => path.join(folder, name);
    const child = spawn(
      'dockerd',
      [
        ...['--data-root', own('data'), '--exec-root', own('exec'), '--pidfile', own('pid')],
        ...['--host', hostOf(folder), '--config-file', own('no-config.json'), ...networkOptions(network)],
        ...['--cgroup-parent', `/${groupOf(folder)}`],
      ],
      {
        stdio: ['ignore', log, log],
        // Of a session of its own: Ctrl-C at the terminal must leave it to be taken down in order.
        detached: true,
        env: { ...process.env, PATH: `${wrapIptables(folder, network)}${path.delimiter}${process.env.PATH}` },
      },
    );
    let ended: string | undefined;
    child.on('error', (error) => {
      ended = error.message;
    });
    child.on('exit', (code) => {
      ended = `it ended with code ${code}`;
    });
    writeFileSync(own('no-config.json'), '{}');
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

/** The control group that holds those of the daemon's containers. */
const groupOf = (folder: string) => path.basename(folder);

/** Where clients find the daemon of a folder. */
export function hostOf(folder: string): string {
  return `unix://${path.join(folder, 'docker.sock')}`;
}

/** Whether a daemon answers there. */
export async function answers(host: string): Promise<boolean> {
  try {
    await clientOf(host).ping();
    return true;
  } catch {
    return false;
  }
}

/** Ends a daemon with everything in it: containers, mounts, bridges, rules, control groups, files. Nothing of it need run any more. */
export async function takeDown(folder: string): Promise<void> {
  const docker = clientOf(hostOf(folder));
  const containers = await docker.listContainers({ all: true }).catch(() => []);
  await Promise.allSettled(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  const networks = await docker.listNetworks().catch(() => []);
  await Promise.allSettled(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
  const daemon = Number(tryRead(path.join(folder, 'pid')));
  if (daemon && argumentsOf(daemon).includes(folder)) await end(daemon);
  // What outlives a daemon that was killed: containerd and one shim a container, started with paths of the folder, and
  // what runs in the containers.
  const ids = tryList(path.join(folder, 'data', 'containers'));
  for (const pid of processes()) {
    const group = tryRead(`/proc/${pid}/cgroup`);
    if (argumentsOf(pid).includes(`${folder}/`) || ids.some((id) => group.includes(id))) tryKill(pid, 'SIGKILL');
  }
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const points = mounts.map((line) => line.split(' ')[1]).filter((point) => point?.startsWith(`${folder}/`));
  for (const point of points.reverse()) tryTool('umount', '--lazy', point!);
  const bed = readBed(folder);
  if (bed?.network) removeOwnNetwork(bed.network);
  await removeControlGroups(groupOf(folder));
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Takes down what keepers left that were killed themselves. */
export async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(folderName))) {
    const folder = path.join(tmpdir(), name);
    const bed = readBed(folder);
    if (bed && !existsSync(`/proc/${bed.keeper}`)) await takeDown(folder);
  }
}

function readBed(folder: string): Bed | undefined {
  const text = tryRead(path.join(folder, 'bed.json'));
  return text ? JSON.parse(text) : undefined;
}

/** The last error in a daemon's log. */
export function lastWords(folder: string): string | undefined {
  const lines = tryRead(path.join(folder, 'log')).trim().split('\n');
  return lines.filter((line) => /failed|error/i.test(line)).at(-1);
}

function processes(): number[] {
  return readdirSync('/proc').map(Number).filter(Boolean);
}

function argumentsOf(pid: number): string {
  return tryRead(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function tryList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function end(pid: number): Promise<void> {
  tryKill(pid, 'SIGTERM');
  for (let waited = 0; existsSync(`/proc/${pid}`) && waited < 20_000; waited += 50) await sleep(50);
  tryKill(pid, 'SIGKILL');
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone
  }
}
