import { CutoverError, exitCodes } from '../../errors';
import { workloadNames } from '../../posture/posture';
import { dataDir, logDir, type StackFolder } from '../process/home';
import type { FoldersInputs, RemoteInputs } from '../resource-types';
import { connect } from './client';
import { currentDaemon, type Daemon, describeUnusable } from './daemon';
import { describeMoved } from './host';
import { describeKeptHere } from './kept-here';
import { isMirrored, type Mirror, updateMirror } from './mirror';
import { declaredFolders, listMirrored } from './mirrored-files';
import { dockerRecordFile, formatRecord, recordOf } from './record';
import { describeOwnFiles } from './shares-files';
import { findSocketGroup } from './socket-there';

/** The inputs of a stack's folders where the daemon is on another host. */
export type FarInputs = FoldersInputs & { readonly remote: RemoteInputs };

export const isFarInputs = (inputs: FoldersInputs): inputs is FarInputs => inputs.remote !== undefined;

/**
 * Brings what containers are given to the host of their daemon.
 * @returns the group that may use the daemon's socket there
 * @throws CutoverError `daemon_remote` (exit code 5) where that host cannot be used, or DOCKER_HOST names another one by now,
 * `name_taken` (1) where it has another machine's stack of this name; Error when the daemon fails
 */
export async function bringFiles(inputs: FarInputs): Promise<number> {
  const daemon = daemonOf(inputs);
  const { stack, home, remote } = inputs;
  const docker = connect(daemon);
  // Everything here may be reached without the verbs, which ask the same before.
  refuse(
    describeUnusable(daemon) ?? describeOther(daemon) ?? describeMoved(inputs, daemon) ?? describeKeptHere(inputs),
  );
  refuse(await describeOwnFiles(docker, home, remote.image, daemon));
  const group = await findSocketGroup(docker, stack, remote.image, daemon);
  await updateMirror(docker, mirrorOf(inputs));
  return group;
}

/** Whether what was brought there is there, and is what is here. @throws Error when the daemon fails */
export const areFilesThere = (inputs: FarInputs): Promise<boolean> =>
  isMirrored(connect(daemonOf(inputs)), mirrorOf(inputs));

function daemonOf({ daemon: address, remote: { socket, certificates } }: FarInputs): Daemon {
  return { address, socket, ...(certificates === undefined ? {} : { certificates }) };
}

/** The engine's plugin for the containers goes by DOCKER_HOST alone. */
function describeOther({ address }: Daemon): string | undefined {
  const { address: current } = currentDaemon();
  if (current === address) return undefined;
  return `expected DOCKER_HOST to be ${address}, received ${current}; set it so`;
}

function mirrorOf(inputs: FarInputs): Mirror {
  const { stack, uid, gid, secrets, remote } = inputs;
  const { image, root, reads } = remote;
  // By it the guardian knows where it is.
  const content = Buffer.from(formatRecord(recordOf(inputs)));
  const record = { path: dockerRecordFile(inputs), content, mode: 0o444, isSecret: false };
  return {
    stack,
    image,
    root,
    owner: { uid, gid },
    files: [...listMirrored(inputs, reads, secrets), record],
    written: writtenFolders(inputs),
    declared: declaredFolders(reads),
  };
}

/** The folders that a stack's workloads write into. */
export const writtenFolders = (folder: StackFolder): string[] =>
  workloadNames.flatMap((workload) => [dataDir(folder, workload), logDir(folder, workload)]);

function refuse(why: string | undefined): void {
  if (why) throw new CutoverError('daemon_remote', why, { exitCode: exitCodes.missing });
}
