import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listProcesses, readEnvironment } from '../../../platforms/process-identity';
import type { AgentSpec } from '../../../workloads/orchestrator/settings';
import { bundleEntry } from '../../helpers/bundle';
import { freePort } from '../../helpers/free-port';

const node = path.resolve(__dirname, '..', '..', '..', 'node_modules', '.bin', 'node');

export interface Home {
  readonly dataDir: string;
  readonly logDir: string;
  readonly env: NodeJS.ProcessEnv;
  file(name: string): string;
  log(agent: string): string;
  /** Ends every process that carries this home's environment, and removes it. */
  remove(): Promise<void>;
}

/** A data folder of its own with the environment of an orchestrator. */
export async function createHome(agents: Partial<AgentSpec>[] = []): Promise<Home> {
  const root = await mkdtemp(path.join(tmpdir(), 'orchestrator-'));
  const dataDir = path.join(root, 'data');
  const logDir = path.join(root, 'logs');
  const env = {
    PATH: process.env.PATH,
    CUTOVER_STACK: 'main',
    CUTOVER_WORKLOAD: 'orchestrator',
    CUTOVER_SLICE: `sha256:${'0'.repeat(64)}`,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    LOG_DIR: logDir,
    SYMBOLS: 'BTCUSDT',
    GATEWAY_URL: 'http://127.0.0.1:9',
    BACKEND_URL: 'http://127.0.0.1:9',
    AGENTS: JSON.stringify(agents),
  };
  const remove = async () => {
    for (const pid of listProcesses()) {
      if (readEnvironment(pid)?.DATA_DIR === dataDir) process.kill(pid, 'SIGKILL');
    }
    await rm(root, { recursive: true, force: true });
  };
  const log = (agent: string) => {
    const file = path.join(logDir, `${agent}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  return { dataDir, logDir, env, file: (name) => path.join(dataDir, name), log, remove };
}

export interface Running {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  output(): string;
}

/** Starts a command as the leader of its own group, as a platform does. */
export function start(command: string, args: string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { process: child, pid: child.pid!, ended, output: () => output };
}

export const startNode = (file: string, args: string[], env: NodeJS.ProcessEnv) => start(node, [file, ...args], env);

/** The orchestrator with its three verbs. */
export async function bundleOrchestrator() {
  const file = await bundleEntry('workloads/orchestrator/main.ts');
  return {
    start: (verb: string, home: Home) => startNode(file, [verb], home.env),
    run: (home: Home, env: NodeJS.ProcessEnv = {}) => startNode(file, ['run'], { ...home.env, ...env }),
    call: async (verb: 'status' | 'stop', home: Home) => {
      const running = startNode(file, [verb], home.env);
      const code = await running.ended;
      // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests assert
      return { code, body: JSON.parse(running.output()) as any };
    },
  };
}

/** The answer of `/health`; undefined while nothing answers. */
export async function askHealth(home: Home) {
  try {
    const response = await fetch(`http://127.0.0.1:${home.env.PORT}/health`);
    // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests assert
    return { status: response.status, body: (await response.json()) as any };
  } catch {
    return undefined;
  }
}
