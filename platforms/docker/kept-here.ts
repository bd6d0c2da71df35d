import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { workloadNames } from '../../posture/posture';
import { indexOf } from '../kubernetes/fetch';
import { dataDir, type StackFolder } from '../process/home';
import { readDockerRecord } from './record';

/**
 * Why a stack cannot go to another host, since it has kept databases on this machine: copies of those there would be
 * fetched over them. Undefined where it can: what is here was fetched, and not written to since.
 */
export function describeKeptHere(place: StackFolder): string | undefined {
  // Of a stack that is there already nothing here is more than a copy.
  if (readDockerRecord(place)?.remote) return undefined;
  const kept = workloadNames.flatMap((workload) => {
    const folder = dataDir(place, workload);
    const fetchedMs = statSync(indexOf(folder), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return listDatabases(folder).filter((file) => statSync(file).mtimeMs > fetchedMs);
  });
  const [first] = kept;
  if (first === undefined) return undefined;
  return `expected stack ${place.stack} to have no databases on this machine, received ${first}: on another host it begins with its own, and copies of those come here; name it otherwise there (--stack), or set CUTOVER_HOME to another folder`;
}

function listDatabases(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => /\.db(-wal)?$/.test(name));
    return names.map((name) => path.join(folder, name));
  } catch {
    return []; // nothing was kept yet
  }
}
