import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = '/sys/fs/cgroup';

/** Of the second version: what the kubelet wants to limit pods by. */
const controllers = ['cpu', 'cpuset', 'memory', 'hugetlb', 'pids'];

/** The folders of a control group: one, or with the first version of control groups one in each hierarchy. */
function foldersOf(name: string): string[] {
  const hierarchies = isSecond() ? [root] : readdirSync(root).map((entry) => path.join(root, entry));
  return hierarchies.map((hierarchy) => path.join(hierarchy, name));
}

const isSecond = () => existsSync(path.join(root, 'cgroup.controllers'));

/** As much as this many processes: about one for each container of a stack. */
const weight = 8;

/**
 * Makes the control group in which a daemon of a test bed keeps those of all its containers. By itself all of it would
 * weigh as much as one process, and where other tests keep the machine busy its orders would come too late for the venue.
 */
export function makeControlGroups(name: string): void {
  if (isSecond()) passDown(path.join(root, 'cgroup.subtree_control'));
  for (const folder of foldersOf(name)) mkdirSync(folder, { recursive: true });
  if (isSecond()) tryWrite(path.join(root, name, 'cpu.weight'), String(weight * 100));
  else tryWrite(path.join(root, 'cpu', name, 'cpu.shares'), String(weight * 1024));
}

/** A group has a controller when the one above passes it down. The kubelet names those that are missing. */
function passDown(file: string): void {
  const passed = readFileSync(file, 'utf8').split(/\s+/);
  for (const controller of controllers.filter((name) => !passed.includes(name))) {
    tryWrite(file, `+${controller}`);
  }
}

function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // not on this machine, or not for us
  }
}

/** The folders of the control groups of this name that there are, in every hierarchy. */
export function findControlGroups(name: string): string[] {
  const found = execFileSync('find', [root, '-maxdepth', '2', '-name', name], { encoding: 'utf8' });
  return found.split('\n').filter(Boolean);
}

/** Removes it, if it is there, once its processes have ended. */
export async function removeControlGroups(name: string): Promise<void> {
  for (const folder of foldersOf(name)) await removeGroup(folder);
}

async function removeGroup(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGroup(path.join(folder, entry.name));
  }
  // A process that was killed is in its group until the kernel has let go of it.
  for (let waited = 0; ; waited += 50) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || waited > 5_000) throw error;
      await sleep(50);
    }
  }
}
