import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeSubnet } from '../../helpers/free-subnet';
import { tryTool } from '../../helpers/tool';
import { isReady, makeAddons, provideVolumes, readKubeconfig } from './api';
import { commandOf, type ProgramName, programNames } from './arguments';
import { makeControlGroups, removeControlGroups } from './control-groups';
import { files, writeAdminKubeconfig, writeCredentials } from './credentials';
import { importPauseImage } from './images';
import { logOf, makeNode, type Node, removeConnection, startIn } from './node';
import { own, type Place, runtimeSocket, serverOf } from './place';
import { writeSettings } from './settings';

const folderName = 'cutover-cluster-';
const pollMs = 50;

/** A cluster that answers. */
export interface Cluster {
  readonly folder: string;
  /** The admin's, which needs no other file. */
  readonly kubeconfig: string;
  /** Where the API server answers. */
  readonly server: string;
}

/** What is known of a cluster from its folder alone, so that anybody can take it down. */
interface Bed extends Place {
  /** The process that takes the cluster down at its end. */
  readonly keeper: number;
}

/**
 * Starts a Kubernetes of one node, with everything of its own in a new folder and in namespaces of its own.
 * @param programs the folder that `ensurePrograms` gives
 * @returns once pods run and names of services are answered; nothing of it needs this process, which must live on for
 *   volumes to be made
 * @throws Error with the last words of the program that does not start; nothing is left of the cluster then
 */
export async function startCluster(programs: string): Promise<Cluster> {
  const folder = mkdtempSync(path.join(tmpdir(), folderName));
  const mark = randomInt(0x10000).toString(16).padStart(4, '0');
  try {
    const place: Place = { folder, name: `cutover-${mark}`, subnet: freeSubnet() };
    const bed: Bed = { ...place, keeper: process.pid };
    writeFileSync(own(place, 'bed.json'), JSON.stringify(bed));
    const kubeconfig = await start(place, programs);
    return { folder, kubeconfig, server: serverOf(place) };
  } catch (error) {
    await takeDown(folder);
    throw error;
  }
}

async function start(place: Place, programs: string): Promise<string> {
  tryTool('modprobe', '--all', 'overlay', 'nfnetlink_queue', 'xt_NFQUEUE');
  const node = await makeNode(place, programs);
  makeControlGroups(place);
  writeCredentials(place, node);
  writeSettings(place);
  const running = new Programs(place, node);
  running.start('etcd');
  running.start('kube-apiserver');
  running.startCommand('containerd', ['containerd', '--config', own(place, 'containerd.toml')]);
  await running.until('containerd', async () => tryTool('ctr', '--address', runtimeSocket(place), 'version') !== '');
  await importPauseImage(place, programs);
  await running.until('kube-apiserver', () => answers(place));
  for (const name of programNames.slice(2)) running.start(name);
  const kubeconfig = writeAdminKubeconfig(place);
  const config = readKubeconfig(kubeconfig);
  await makeAddons(config, place);
  await provideVolumes(config, place);
  await running.until('kubelet', () => isReady(config));
  running.letGo();
  return kubeconfig;
}

/** The programs of a cluster that starts. */
class Programs {
  private readonly children: ChildProcess[] = [];
  private failure: Error | undefined;

  constructor(
    private readonly place: Place,
    private readonly node: Node,
  ) {}

  start(name: ProgramName): void {
    this.startCommand(name, commandOf(this.place, name));
  }

  startCommand(name: string, command: readonly string[]): void {
    const child = startIn(this.place, this.node, name, command);
    this.children.push(child);
    const onEnd = (why: string) => {
      this.failure ??= new Error(`${name} does not start: ${lastWords(this.place, name) ?? why}`);
    };
    child.on('error', (error) => onEnd(error.message));
    child.on('exit', (code) => onEnd(`it ended with code ${code}`));
  }

  /** @throws Error when a program ends meanwhile */
  async until(what: string, isThere: () => Promise<boolean>): Promise<void> {
    const started = Date.now();
    while (!(await isThere())) {
      if (this.failure) throw this.failure;
      if (Date.now() - started > 240_000) throw new Error(`${what} is not ready: ${lastWords(this.place, what)}`);
      await sleep(pollMs);
    }
  }

  letGo(): void {
    for (const child of this.children) child.removeAllListeners().unref();
  }
}

/** Ends a cluster with everything in it: processes, mounts, interfaces, control groups, files. */
export async function takeDown(folder: string): Promise<void> {
  const bed = readBed(folder);
  // Its first process takes all others of the node with it, and with the last one go the namespaces.
  for (let waited = 0; waited < 20_000; waited += pollMs) {
    const pids = processesOf(folder);
    if (pids.length === 0) break;
    for (const pid of pids) tryKill(pid);
    await sleep(pollMs);
  }
  if (bed) {
    removeConnection(bed);
    await removeControlGroups(bed);
  }
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

/** The processes that were started with paths of the folder. */
function processesOf(folder: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Boolean);
  return pids.filter((pid) => pid !== process.pid && tryRead(`/proc/${pid}/cmdline`).includes(`${folder}/`));
}

/** Whether the API server is ready to be used. */
async function answers(place: Place): Promise<boolean> {
  const ca = tryRead(own(place, files.serverCertificate));
  if (!ca) return false;
  return new Promise((resolve) => {
    request(`${serverOf(place)}/readyz`, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .on('error', () => resolve(false))
      .end();
  });
}

function lastWords(place: Place, name: string): string | undefined {
  const lines = tryRead(logOf(place, name)).trim().split('\n');
  return lines.filter((line) => /^[EF]\d{4}|err|fatal|fail/i.test(line)).at(-1);
}

function readBed(folder: string): Bed | undefined {
  const text = tryRead(path.join(folder, 'bed.json'));
  return text ? JSON.parse(text) : undefined;
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone
  }
}
