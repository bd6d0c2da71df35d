import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeControlGroups, removeControlGroups } from '../../helpers/control-groups';
import { freeSubnet } from '../../helpers/free-subnet';
import { tryTool } from '../../helpers/tool';
import { isReady, makeAddons, provideVolumes, readKubeconfig } from './api';
import { programNames } from './arguments';
import { files, writeAdminKubeconfig, writeCredentials } from './credentials';
import { importPauseImage } from './images';
import { makeNode, removeConnection } from './node';
import { own, type Place, runtimeSocket, serverOf } from './place';
import { Programs, tryRead } from './running';
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
 * @throws Error with the last words of the program that does not start, or the reason of the signal; nothing is left of the cluster then
 */
export async function startCluster(programs: string, signal: AbortSignal): Promise<Cluster> {
  const folder = mkdtempSync(path.join(tmpdir(), folderName));
  const mark = randomInt(0x10000).toString(16).padStart(4, '0');
  try {
    const place: Place = { folder, name: `cutover-${mark}`, subnet: freeSubnet() };
    const bed: Bed = { ...place, keeper: process.pid };
    writeFileSync(own(place, 'bed.json'), JSON.stringify(bed));
    const kubeconfig = await start(place, programs, signal);
    return { folder, kubeconfig, server: serverOf(place) };
  } catch (error) {
    await takeDown(folder);
    throw error;
  }
}

async function start(place: Place, programs: string, signal: AbortSignal): Promise<string> {
  const node = await makeNode(place, programs);
  makeControlGroups(place.name);
  writeCredentials(place, node);
  writeSettings(place);
  const running = new Programs(place, node, signal);
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
    await removeControlGroups(bed.name);
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
export async function answers(place: Place): Promise<boolean> {
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

function readBed(folder: string): Bed | undefined {
  const text = tryRead(path.join(folder, 'bed.json'));
  return text ? JSON.parse(text) : undefined;
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone
  }
}
