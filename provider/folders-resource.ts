import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { giveTo } from '../platforms/docker/owner';
import { type DockerRecord, dockerRecordFile, readDockerRecord } from '../platforms/docker/record';
import { writeAtomically } from '../platforms/process/atomic-file';
import { dataDir, declaredDir, logDir, secretFile } from '../platforms/process/home';
import { ensureSecret } from '../platforms/process/secrets';
import type { FoldersInputs } from '../platforms/resource-types';
import { digestOf } from '../posture/digest';
import { workloadNames } from '../posture/posture';
import type { ResourceHandler } from './resource-handler';

/**
 * The folders that a stack of containers writes into, owned by the user that its containers run as, its secrets, and the
 * record of where it was brought up. Nothing of it is ever removed.
 */
export const foldersResource: ResourceHandler = {
  async check(_olds, news) {
    return { inputs: inputsOf(news), failures: [] };
  },

  async diff(properties, news) {
    return { changes: digestOf(inputsOf(properties)) !== digestOf(inputsOf(news)) || properties.whole !== true };
  },

  async create(news) {
    return { id: inputsOf(news).stack, outs: make(inputsOf(news)) };
  },

  async read(id, properties) {
    return { id, props: { ...properties, whole: isWhole(inputsOf(properties)) } };
  },

  async update(news) {
    return { outs: make(inputsOf(news)) };
  },

  async delete(properties) {
    // Data, logs and secrets stay. Only the record goes: the stack is no longer on Docker.
    rmSync(dockerRecordFile(inputsOf(properties)), { force: true });
  },
};

const foldersOf = (inputs: FoldersInputs): string[] =>
  workloadNames.flatMap((workload) => [dataDir(inputs, workload), logDir(inputs, workload)]);

const recordOf = ({ daemon, ports, uid, gid }: FoldersInputs): DockerRecord => ({
  platform: 'docker',
  daemon,
  ports,
  uid,
  gid,
});

function make(inputs: FoldersInputs): FoldersInputs & { whole: true } {
  for (const folder of foldersOf(inputs)) {
    mkdirSync(folder, { recursive: true });
    giveTo(inputs, folder);
  }
  for (const folder of inputs.shown) mkdirSync(folder, { recursive: true });
  for (const name of inputs.secrets) ensureSecret(inputs, name);
  giveTo(inputs, path.dirname(secretFile(inputs, 'any')));
  mkdirSync(declaredDir(inputs), { recursive: true });
  writeAtomically(dockerRecordFile(inputs), `${JSON.stringify(recordOf(inputs), null, 2)}\n`);
  return { ...inputs, whole: true };
}

function isWhole(inputs: FoldersInputs): boolean {
  const record = readDockerRecord(inputs);
  const isOwned = (folder: string) => statSync(folder, { throwIfNoEntry: false })?.uid === inputs.uid;
  const recorded = record !== undefined && digestOf(record) === digestOf(recordOf(inputs));
  return recorded && inputs.shown.every((folder) => existsSync(folder)) && foldersOf(inputs).every(isOwned);
}

/** The inputs alone, out of inputs or state. */
function inputsOf(source: Record<string, unknown>): FoldersInputs {
  const { home, stack, daemon, uid, gid, ports, secrets, shown } = source as unknown as FoldersInputs;
  return { home, stack, daemon, uid, gid, ports, secrets, shown };
}
