import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf } from '../../posture/digest';
import type { WorkloadName } from '../../posture/posture';
import { isAlive, readCommand, readStartTime } from '../process-identity';
import { askHealth, isHealthy } from './health';
import { dataDir, logDir, logFile } from './home';
import { findListener, isPortFree } from './ports';
import { type ProcessRecord, readRecord, writeRecord } from './record';
import { ensureSecret } from './secrets';
import { findMarked, stopWorkload } from './stop';

/** What decides how a process is started: the inputs of a `Process` resource. Plain JSON, no secret in it. */
export interface ProcessInputs {
  readonly home: string;
  readonly stack: string;
  readonly workload: WorkloadName;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly host: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of the stack's secrets that must exist before the start. */
  readonly secrets: readonly string[];
  /** Digest of the code that the command runs. */
  readonly source: string;
}

/** How long a workload may take to become healthy, seconds. */
const healthySeconds = 30;

/** How long a killed process may take to let go of its port, seconds. */
const releaseSeconds = 3;

/** The environment of the user that a workload gets beside what is declared. Nothing else passes: what is not declared
 * is not in the posture. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

/**
 * Why a workload's port cannot be used, or undefined if it can: free, or held by this very workload.
 * Asked before anything is stopped, so that a taken port changes nothing.
 */
export async function describePortConflict(inputs: ProcessInputs): Promise<string | undefined> {
  // A process that was just killed is a zombie, which nobody counts as alive, while the last of its threads still hold
  // its sockets: a port that is taken by nobody who can be seen is given that moment.
  const deadline = Date.now() + releaseSeconds * 1000;
  let listener: number | undefined;
  for (;;) {
    if (await isPortFree(inputs.port, inputs.host)) return undefined;
    listener = findListener(inputs.port, inputs.host);
    if (listener !== undefined || Date.now() > deadline) break;
    await delay(25);
  }
  if (listener !== undefined && findMarked(inputs, inputs.workload).some(({ pid }) => pid === listener))
    return undefined;
  const owner =
    listener === undefined
      ? 'another process'
      : `PID ${listener} (${(readCommand(listener) ?? []).join(' ').slice(0, 80)})`;
  return `expected port ${inputs.port} to be free for ${inputs.workload}, but ${owner} listens there; stop it, or set cutover:ports.${inputs.workload} to another port`;
}

/**
 * Starts a workload detached, so that it outlives the engine, and waits until it is healthy. A healthy process that
 * already runs with the same inputs is adopted (the engine was killed after it started it); any other is ended first.
 * @throws Error naming the workload, why it did not become healthy, and its last log lines; it is stopped then
 */
export async function startWorkload(inputs: ProcessInputs): Promise<ProcessRecord> {
  const { workload } = inputs;
  const digest = digestOf(inputs);
  const running = readRecord(inputs, workload);
  if (running?.inputs === digest && isAlive(running) && isHealthy(await askHealth(addressOf(inputs)))) return running;

  const conflict = await describePortConflict(inputs);
  if (conflict) throw new Error(conflict);
  await stopWorkload(inputs, workload);
  for (const name of inputs.secrets) ensureSecret(inputs, name);
  mkdirSync(dataDir(inputs, workload), { recursive: true });
  mkdirSync(logDir(inputs, workload), { recursive: true });

  const log = openSync(logFile(inputs, workload), 'a');
  const [program, ...args] = inputs.command;
  const child = spawn(program!, args, {
    cwd: inputs.cwd,
    env: environmentOf(inputs),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  child.unref();
  if (child.pid === undefined) throw new Error(`${workload} cannot be started: ${await failed}`);

  const startTime = readStartTime(child.pid);
  const record = {
    pid: child.pid,
    startTime: startTime ?? '',
    startedAt: new Date().toISOString(),
    port: inputs.port,
    inputs: digest,
    command: [...inputs.command],
  };
  if (startTime !== undefined) writeRecord(inputs, workload, record);
  const problem = await Promise.race([failed, waitUntilHealthy(inputs)]);
  if (problem === undefined) return record;
  await stopWorkload(inputs, workload);
  throw new Error(`${workload} did not become healthy: ${problem}${lastLines(inputs)}`);
}

function environmentOf(inputs: ProcessInputs): NodeJS.ProcessEnv {
  const own = Object.fromEntries(
    inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  // The mark by which every process of this workload is found again, its children's included: agents are given a data
  // folder of their own, but not this.
  return {
    ...own,
    ...inputs.environment,
    CUTOVER_WORKLOAD: inputs.workload,
    CUTOVER_WORKLOAD_DATA: dataDir(inputs, inputs.workload),
  };
}

const addressOf = ({ host, port }: ProcessInputs) => `http://${host}:${port}`;

async function waitUntilHealthy(inputs: ProcessInputs): Promise<string | undefined> {
  const deadline = Date.now() + healthySeconds * 1000;
  for (;;) {
    const answer = await askHealth(addressOf(inputs));
    if (isHealthy(answer)) return undefined;
    if (Date.now() > deadline) {
      const said = answer ? `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}` : 'nothing';
      return `GET ${addressOf(inputs)}/health answered ${said} for ${healthySeconds} s`;
    }
    await delay(25);
  }
}

function lastLines(inputs: ProcessInputs): string {
  const file = logFile(inputs, inputs.workload);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3);
  return `\n  last lines of ${file}:\n${lines.map((line) => `    ${line.slice(0, 400)}`).join('\n')}`;
}
