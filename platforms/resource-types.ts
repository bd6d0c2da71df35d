import type { Digest } from '../posture/digest';
import type { WorkloadName } from '../posture/posture';

/** Type tokens of the resources that `provider/` serves. */
export const resourceTypes = {
  process: 'cutover:index:Process',
  posture: 'cutover:index:Posture',
  folders: 'cutover:index:StackFolders',
  clusterRecord: 'cutover:index:ClusterRecord',
  keptObjects: 'cutover:index:KeptObjects',
  shownFiles: 'cutover:index:ShownFiles',
} as const;

/** Inputs of the resource that sees to the folders and secrets of a stack of containers, and records where it is. */
export interface FoldersInputs {
  readonly home: string;
  readonly stack: string;
  /** The address of the daemon that runs the containers. */
  readonly daemon: string;
  /** Who the containers run as. */
  readonly uid: number;
  readonly gid: number;
  readonly ports: Readonly<Record<WorkloadName, number>>;
  /** Names of the secrets that must exist. */
  readonly secrets: readonly string[];
  /** Folders that containers are given to read, and that may not be there yet. */
  readonly shown: readonly string[];
  /** Where the daemon is on another host. */
  readonly remote?: RemoteInputs;
}

/** What is to be on the host of a daemon that sees none of this machine's files. */
export interface RemoteInputs {
  /** The daemon's socket there. */
  readonly socket: string;
  /** The folder of the client's certificates, here; absent without TLS. */
  readonly certificates?: string;
  /** The folder there under which everything of the stack is. */
  readonly root: string;
  /** Id of the image of the shipped workloads. */
  readonly image: Digest;
  /** Files and folders of this machine that are copied there. */
  readonly reads: readonly string[];
  /** Digest of the posture, whose file is one of them. */
  readonly posture: Digest;
}

/** Where a stack is in a cluster, for resources that speak to it by themselves. */
export interface ClusterInputs {
  readonly stack: string;
  /** The context of the kubeconfig; absent where there is none to choose. */
  readonly context?: string;
  readonly namespace: string;
}

/** Inputs of the resource that records where a stack was brought up, and finds out where the API server is. */
export interface ClusterRecordInputs extends ClusterInputs {
  readonly home: string;
  readonly ports: Readonly<Record<WorkloadName, number>>;
}

/** Inputs of the resource that sees to it that running pods are shown changed files at once. */
export interface ShownFilesInputs extends ClusterInputs {
  /** Digest of what is shown. */
  readonly digest: string;
}
