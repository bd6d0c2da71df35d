import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { areFilesThere, bringFiles, isFarInputs, writtenFolders } from '../platforms/docker/bring-files';
import { digestMirrored } from '../platforms/docker/mirrored-files';
import { giveTo } from '../platforms/docker/owner';
import { dockerRecordFile, formatRecord, readDockerRecord, recordOf } from '../platforms/docker/record';
import { writeAtomically } from '../platforms/process/atomic-file';
import { declaredDir, secretFile } from '../platforms/process/home';
import { ensureSecret } from '../platforms/process/secrets';
import type { FoldersInputs } from '../platforms/resource-types';
import { digestOf } from '../posture/digest';
import type { ResourceHandler } from './resource-handler';

/**
 * The folders that a stack of containers writes into, owned by the user that its containers run as, its secrets, and the
 * record of where it was brought up; where the daemon is on another host, there, together with what containers read.
 * Nothing of it is ever removed.
 */
export const foldersResource: ResourceHandler = {
  async check(_olds, news) {
    const inputs = inputsOf(news);
    // Files change without a change of config. By now the posture's is written.
    const content = inputs.remote ? { content: digestMirrored(inputs, inputs.remote.reads) } : {};
    return { inputs: { ...inputs, ...content }, failures: [] };
  },

  async diff(properties, news) {
    const isOther = digestOf(inputsOf(properties)) !== digestOf(inputsOf(news)) || properties.content !== news.content;
    return { changes: isOther || properties.whole !== true };
  },

  async create(news) {
    return { id: inputsOf(news).stack, outs: await make(news) };
  },

  async read(id, properties) {
    return { id, props: { ...properties, whole: await isWhole(inputsOf(properties)) } };
  },

  async update(news) {
    return { outs: await make(news) };
  },

  async delete(properties) {
    // Data, logs and secrets stay. Only the record goes: the stack is no longer on Docker.
    rmSync(dockerRecordFile(inputsOf(properties)), { force: true });
  },
};

async function make(news: Record<string, unknown>): Promise<Record<string, unknown>> {
  const inputs = inputsOf(news);
  const isFar = isFarInputs(inputs);
  for (const folder of isFar ? [] : writtenFolders(inputs)) {
    mkdirSync(folder, { recursive: true });
    giveTo(inputs, folder);
  }
  for (const folder of inputs.shown) mkdirSync(folder, { recursive: true });
  for (const name of inputs.secrets) ensureSecret(inputs, name);
  const socketGroup = isFar ? await bringFiles(inputs) : undefined;
  if (!isFar) giveTo(inputs, path.dirname(secretFile(inputs, 'any')));
  mkdirSync(declaredDir(inputs), { recursive: true });
  writeAtomically(dockerRecordFile(inputs), formatRecord(recordOf(inputs)));
  const far = isFar ? { content: news.content, socketGroup } : {};
  return { ...inputs, ...far, whole: true };
}

async function isWhole(inputs: FoldersInputs): Promise<boolean> {
  const record = readDockerRecord(inputs);
  const recorded = record !== undefined && digestOf(record) === digestOf(recordOf(inputs));
  if (!recorded || !inputs.shown.every((folder) => existsSync(folder))) return false;
  if (isFarInputs(inputs)) return areFilesThere(inputs);
  return writtenFolders(inputs).every((folder) => statSync(folder, { throwIfNoEntry: false })?.uid === inputs.uid);
}

/** The inputs alone, out of inputs or state. */
function inputsOf(source: Record<string, unknown>): FoldersInputs {
  const { home, stack, daemon, uid, gid, ports, secrets, shown, remote } = source as unknown as FoldersInputs;
  return { home, stack, daemon, uid, gid, ports, secrets, shown, ...(remote ? { remote } : {}) };
}
