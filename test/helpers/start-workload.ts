import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bundleEntry } from './bundle';
import { freePort } from './free-port';

const node = path.resolve(__dirname, '..', '..', 'node_modules', '.bin', 'node');

/** A workload that runs as a real process. */
export interface RunningWorkload {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything that it wrote so far. */
  output(): string;
  /** Sends a signal and waits for the end. Returns the exit code, or null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts an entry point and waits until it answers `/health` (with whatever status), or ends.
 * @param environment in addition to HOST, PORT (a free one unless given) and LOG_LEVEL
 */
export async function startWorkload(entry: string, environment: Record<string, string>): Promise<RunningWorkload> {
  const file = await bundleEntry(entry);
  const port = environment.PORT ?? String(await freePort());
  const env = { HOST: '127.0.0.1', LOG_LEVEL: 'info', ...environment, PORT: port };
  const child = spawn(node, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${port}`;
  while (child.exitCode === null && child.signalCode === null) {
    if (await fetch(`${url}/health`).catch(() => undefined)) break;
    await delay(20);
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return { url, process: child, output: () => output, stop };
}

/** Sends JSON (or text, as it is) and reads the JSON answer. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Waits until a condition holds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(20);
}
