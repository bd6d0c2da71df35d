import type { Digest } from '../posture/digest';
import type { Posture, WorkloadName } from '../posture/posture';
import type { RealWorkload } from '../posture/read-posture';

/** What a workload runs: one of ours, or a command of the user's. */
export type Program =
  | { readonly kind: 'shipped'; readonly entry: string; readonly args: readonly string[] }
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly image?: string };

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
  /** Files and folders that it reads beside its own data: a platform that shuts workloads in gives it these, read only. */
  readonly reads: readonly string[];
}

/** Where a stack is: its name, the folder of its project, and the folder that keeps its data. */
export interface StackPlace {
  readonly stack: string;
  readonly projectDir: string;
  readonly home: string;
}

/** How a platform names things. Needs no engine. */
export interface PlatformView {
  /** The address at which other workloads reach this one. */
  addressOf(workload: WorkloadName): string;
  /** Where a workload finds a file of this machine that it reads. */
  pathOf(file: string): string;
  /** The words that start a program here. */
  commandOf(program: Program): string[];
  /** A workload's declaration as it will run here: what an observer will see of it. */
  realize(spec: WorkloadSpec): RealWorkload;
  /** The digest of the code that a command runs here. */
  digestOf(command: readonly string[]): Digest;
  /** The file in which the gateway finds the posture that was declared last. */
  readonly postureFile: string;
  /** The folder in which the guardian finds the stack's evidence. */
  readonly evidenceDir: string;
  /** The folder of a workload's logs. */
  logsOf(workload: WorkloadName): string;
}

/**
 * Where workloads run, for the Pulumi program: it alone calls these, and alone knows the type of a resource.
 * One file implements it for each platform.
 */
export interface Platform<Resource> extends PlatformView {
  /** @param workloads all that will be declared */
  declarePosture(posture: Posture, workloads: readonly WorkloadSpec[]): Resource;
  declare(spec: WorkloadSpec, dependsOn: readonly Resource[]): Resource;
}

/**
 * What operators' verbs and the guardian need of a platform. Works without engine, state and config: it is the way down.
 * Folders and files that it names are always of this machine; where the real ones are elsewhere, they are copies.
 */
export interface Operations extends Observer {
  /** The address at which a workload that was started can be reached from here, or undefined. */
  addressOf(workload: WorkloadName): Promise<string | undefined>;
  /** The address of the very replica that is observed: its own socket's or its container's, never a name's. */
  ownAddressOf(workload: WorkloadName): Promise<string | undefined>;
  /** The posture that the stack's processes really carry out. */
  observePosture(): Promise<PostureSighting>;
  /** The folder of data that is retained for a workload. */
  dataOf(workload: WorkloadName): string;
  /** The log files of a workload, its children's included. */
  logsOf(workload: WorkloadName): string[];
  /** Where data and logs are retained, in words. */
  readonly keptIn: string;
  /**
   * Brings the copy of a workload's data up to date, databases whole. Private keys stay where they are.
   * @throws CutoverError `data_unreachable` (exit code 5) where a stack was brought up and its data cannot be reached
   */
  fetchData(workload: WorkloadName): Promise<void>;
  /**
   * The same for its log files. Of a workload that does not run nothing is new, unless `wasStopped` asks for what it left.
   */
  fetchLogs(workload: WorkloadName, wasStopped?: 'wasStopped'): Promise<void>;
  /** Whether a PID that a workload writes down means a process that is seen from here. */
  readonly sharesProcesses: boolean;
  /** Runs a workload's own program beside it, with other arguments. @throws Error where it does not run */
  runBeside(workload: WorkloadName, args: (own: readonly string[]) => readonly string[]): Promise<CommandResult>;
  /**
   * Gives files that a verb wrote into a workload's data to the workload, which alone keeps its private keys then.
   * @throws CutoverError `data_unreachable` (exit code 5), `handover_refused` (3) where others are there already
   */
  handOver(workload: WorkloadName, files: readonly string[]): Promise<void>;
  /** Makes a change to a workload's data where that data is. @throws what the change throws; CutoverError as above */
  change<Input, Output>(workload: WorkloadName, change: DataChange<Input, Output>, input: Input): Promise<Output>;
  /** Brings the folder in which the guardian reads the stack's evidence up to date with what was declared. */
  fetchEvidence(folder: string): Promise<void>;
  /** Tells a platform that has a second door of its own for what is started whether live is allowed. */
  announce(standing: Standing): Promise<void>;
  /** Ends every process of a workload. Data and logs stay. */
  stop(workload: WorkloadName): Promise<void>;
  /** What still runs of a workload, as words to show. */
  remainsOf(workload: WorkloadName): Promise<string[]>;
  /** What would keep workloads from being started. Asked before anything changes. */
  findConflicts(specs: readonly WorkloadSpec[], view: PlatformView): Promise<Conflict[]>;
  /** What keeps workloads that are being started from coming up, as far as the platform can tell. Changes nothing. */
  findObstacles(specs: readonly WorkloadSpec[], view: PlatformView): Promise<Obstacle[]>;
  /** Workloads that are still on the way to what was declared when the engine has done its part. */
  findUnsettled(): Promise<WorkloadName[]>;
  /** Has the platform try again what it has put off after failures, where the cause may be mended by now. */
  retryStarts(): Promise<void>;
}

/** Something that is in the way of a stack, or not there for it. */
export interface Conflict {
  readonly code: 'port_taken' | 'name_taken' | 'storage_class_missing' | 'quota_exceeded';
  /** What was expected, what was received, and the way out. */
  readonly sentence: string;
}

/** Why a workload does not come up, with the way out. */
export interface Obstacle {
  readonly code: 'image_missing' | 'pod_refused' | 'pod_waits';
  readonly workload: WorkloadName;
  readonly sentence: string;
  /** After how long somebody has to do something about it, seconds; null where it may go away by itself. */
  readonly patience: number | null;
}

/** A change to a workload's data. Input and output are JSON. */
export interface DataChange<Input, Output> {
  /** The shipped program that makes it inside the workload, and the name by which that knows it. */
  readonly entry: string;
  readonly name: string;
  /** Makes it in a folder of this machine. */
  make(folder: string, input: Input): Output;
}

/** Whether live is allowed, as the guardian knows it. */
export interface Standing {
  /** Whether a halt is open, or what the ledger says cannot be told. */
  readonly halted: boolean;
  /** The posture that was granted, or for which an approval waits; null where there is none. */
  readonly posture: Digest | null;
}

/** What a command came to. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/** A workload's replica as the platform sees it, never as it describes itself. */
export interface Replica {
  readonly workload: WorkloadName;
  readonly state: 'running' | 'unresponsive' | 'replaced' | 'stopped';
  /** Why, where the state is not `running`. */
  readonly reason?: string;
  readonly pid?: number;
  /** The PID by which the replica knows itself, where that is another one. */
  readonly innerPid?: number;
  /** Opaque; equal only for the same start of the same replica. */
  readonly startTime?: string;
  /** RFC 3339 UTC. */
  readonly startedAt?: string;
  readonly executable?: string;
  readonly arguments?: readonly string[];
  /** Digest of the script or program file that runs. */
  readonly sourceDigest?: Digest;
  readonly environmentDigest?: Digest;
}

/** Something of this stack that runs and that nothing in the stack accounts for. */
export interface Stray {
  readonly workload: string;
  /** What it is called where it runs, such as `PID 123`; one of a kind. */
  readonly name: string;
  readonly arguments: readonly string[];
}

/** Looks at what runs. */
export interface Observer {
  observe(): Promise<Sighting>;
}

/** One look at what runs. */
export interface Sighting {
  readonly replicas: readonly Replica[];
  readonly duplicates: readonly Stray[];
  /** What was made beside the replicas and has not started, as sentences: it does nothing, and nobody declared it so. */
  readonly waiting?: readonly string[];
}

/** One look at what runs, with the posture that it amounts to. */
export interface PostureSighting {
  readonly replicas: readonly Replica[];
  readonly duplicates: readonly Stray[];
  /** Null where it cannot be told: a workload does not run, or what it was started with cannot be read. */
  readonly posture: Posture | null;
  /** Why there is none. */
  readonly reason?: string;
}
