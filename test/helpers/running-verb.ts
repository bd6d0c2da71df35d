import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, listEntries, readCommand, readEnvironment } from '../../platforms/process-identity';
import type { Ran, TestProject } from './project';

const root = path.resolve(__dirname, '..', '..');
const ownNode = path.join(root, 'node_modules', '.bin', 'node');

/** Where and how a verb is run; the project's folder, this environment and the project's Node.js unless given. */
export interface VerbOptions {
  readonly cwd?: string;
  /** Beside this process's environment; `undefined` takes a variable away. */
  readonly env?: Record<string, string | undefined>;
  readonly node?: string;
}

/** A `cutover` verb that runs in a process group of its own, as a shell runs it. */
export interface RunningVerb {
  readonly ended: Promise<Ran>;
  /** What it has told so far on standard error. */
  told(): string;
  /** Sends a signal to the whole group, as a terminal does on Ctrl-C. */
  signal(name: NodeJS.Signals): void;
}

/** Starts a verb, without `--json`. */
export function startVerb(project: Pick<TestProject, 'dir'>, args: string[], options: VerbOptions = {}): RunningVerb {
  const env: NodeJS.ProcessEnv = { ...process.env, CUTOVER_HOME: undefined, ...options.env };
  const command = [path.join(project.dir, 'bin', 'cutover.js'), ...args];
  const child = spawn(options.node ?? ownNode, command, {
    cwd: options.cwd ?? project.dir,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]) => ({
    exitCode: (code as number | null) ?? -1,
    stdout,
    stderr,
    json: parseOrUndefined(stdout),
  }));
  return { ended, told: () => stderr, signal: (name) => void process.kill(-child.pid!, name) };
}

/** Runs a verb to its end, without `--json`. */
export function runVerb(project: Pick<TestProject, 'dir'>, args: string[], options?: VerbOptions): Promise<Ran> {
  return startVerb(project, args, options).ended;
}

/** The engine's processes that work on a project: `pulumi`, its hosts for languages, providers and packs. */
export function engineProcesses(project: TestProject): { pid: number; startTime: string; isEngine: boolean }[] {
  return listEntries().flatMap(({ pid, startTime }) => {
    const environment = readEnvironment(pid);
    if (environment?.CUTOVER_HOME !== project.home || environment.CUTOVER_WORKLOAD !== undefined) return [];
    const isEngine = /(^|\/)pulumi$/.test(readCommand(pid)?.[0] ?? '');
    return [{ pid, startTime, isEngine }];
  });
}

/** Kills an engine in the middle of its work. @param whole with its hosts and providers, as a crash of the machine would */
export async function killEngine(project: TestProject, whole: boolean): Promise<void> {
  const targets = engineProcesses(project).filter(({ isEngine }) => whole || isEngine);
  if (!targets.some(({ isEngine }) => isEngine)) throw new Error('no engine works on the project');
  for (const { pid } of targets) kill(pid, 'SIGKILL');
  await until(() => targets.every((target) => !isAlive(target)));
}

/** Every process that carries the mark of one of the project's workloads. */
export function workloadProcesses(project: TestProject): { pid: number; workload: string; isAgent: boolean }[] {
  return listEntries().flatMap(({ pid }) => {
    const environment = readEnvironment(pid);
    if (!environment?.CUTOVER_WORKLOAD_DATA?.startsWith(`${project.home}/`)) return [];
    return [{ pid, workload: environment.CUTOVER_WORKLOAD ?? '', isAgent: environment.AGENT_NAME !== undefined }];
  });
}

/** Sends a signal to a process that may have ended meanwhile. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until a condition holds; the test's own time limit ends a wait in vain. */
export async function until(condition: () => Promise<unknown> | unknown): Promise<void> {
  while (!(await condition())) await delay(20);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
