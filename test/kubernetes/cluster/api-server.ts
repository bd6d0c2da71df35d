import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, type ProgramName } from './arguments';
import { answers, type Cluster } from './cluster';
import { startIn } from './node';
import type { Place } from './place';
import { tryRead } from './running';

/**
 * Kills the API server of a cluster as `kill -9` does; everything else goes on.
 * @returns starts it again, and ends once it answers
 */
export async function killApiServer({ folder }: Cluster): Promise<() => Promise<void>> {
  const place: Place = JSON.parse(readFileSync(path.join(folder, 'bed.json'), 'utf8'));
  const store = pidOf(place, 'etcd');
  process.kill(pidOf(place, 'kube-apiserver'), 'SIGKILL');
  return async () => {
    // What still runs of the node shows where it is.
    const enter = ['nsenter', '--target', `${store}`, '--mount', '--uts', '--ipc', '--net', '--pid'];
    startIn(place, { init: store, enter }, 'kube-apiserver', commandOf(place, 'kube-apiserver')).unref();
    while (!(await answers(place))) await sleep(50);
  };
}

function pidOf(place: Place, program: ProgramName): number {
  const wanted = commandOf(place, program).slice(0, 2).join('\0');
  const pid = readdirSync('/proc').find((name) => tryRead(`/proc/${name}/cmdline`).startsWith(`${wanted}\0`));
  if (pid === undefined) throw new Error(`${program} does not run in ${place.folder}`);
  return Number(pid);
}
