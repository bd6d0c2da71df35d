import type { Digest } from '../posture/digest';
import type { Posture, WorkloadName } from '../posture/posture';

/** What a workload runs: one of ours, or a command of the user's. */
export type Program =
  | { readonly kind: 'shipped'; readonly entry: string; readonly args: readonly string[] }
  | { readonly kind: 'command'; readonly command: readonly string[] };

/** A workload as the stack declares it, before a platform decides how it runs. */
export interface WorkloadSpec {
  readonly name: WorkloadName;
  readonly program: Program;
  readonly port: number;
  /** Digest of the part of the posture that concerns this workload. */
  readonly slice: Digest;
  readonly environment: Readonly<Record<string, string>>;
  /** Environment variable -> name of the secret whose file's path it gets. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Where a stack is: its name, the folder of its project, and the folder that keeps its data. */
export interface StackPlace {
  readonly stack: string;
  readonly projectDir: string;
  readonly home: string;
}

/**
 * Where workloads run. One file implements it for each platform; `declare` and `declarePosture` are called by the
 * Pulumi program only and return the declared resource, whose type only the program knows.
 */
export interface Platform<Resource> {
  /** The address at which other workloads reach this one. */
  addressOf(workload: WorkloadName): string;
  /** The words that start a program here. */
  commandOf(program: Program): string[];
  /** The digest of the code that a program runs. */
  digestOf(program: Program): Digest;
  /** The file in which the gateway finds the posture that was declared last. */
  readonly postureFile: string;
  declarePosture(posture: Posture): Resource;
  declare(spec: WorkloadSpec, dependsOn: readonly Resource[]): Resource;
}

/** A workload's replica as the platform sees it, never as it describes itself. */
export interface Replica {
  readonly workload: WorkloadName;
  readonly state: 'running' | 'unresponsive' | 'replaced' | 'stopped';
  /** Why, where the state is not `running`. */
  readonly reason?: string;
  readonly pid?: number;
  readonly startTime?: string;
  readonly executable?: string;
  readonly arguments?: readonly string[];
  /** Digest of the script or program file that runs. */
  readonly sourceDigest?: Digest;
  readonly environmentDigest?: Digest;
}

/** A process of this stack that nothing in the stack accounts for. */
export interface Stray {
  readonly workload: string;
  readonly pid: number;
  readonly arguments: readonly string[];
}

/** Looks at what runs. */
export interface Observer {
  observe(): Promise<{ replicas: Replica[]; duplicates: Stray[] }>;
}
