import type { WorkloadName } from '../posture/posture';

/** Type tokens of the resources that `provider/` serves. */
export const resourceTypes = {
  process: 'cutover:index:Process',
  posture: 'cutover:index:Posture',
  folders: 'cutover:index:StackFolders',
} as const;

/** Inputs of the resource that sees to the folders and secrets of a stack of containers, and records where it is. */
export interface FoldersInputs {
  readonly home: string;
  readonly stack: string;
  /** Who the containers run as. */
  readonly uid: number;
  readonly gid: number;
  readonly ports: Readonly<Record<WorkloadName, number>>;
  /** Names of the secrets that must exist. */
  readonly secrets: readonly string[];
  /** Folders that containers are given to read, and that may not be there yet. */
  readonly shown: readonly string[];
}
