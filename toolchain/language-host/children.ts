import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

const killAfterMs = 2_000;

/**
 * The processes that this host started. They end with it: a policy pack or provider that outlives its engine would
 * wait for calls for ever. Only the children themselves are signalled, never their group: a provider may have started
 * workloads that are meant to go on.
 */
export class Children {
  readonly #running = new Set<ChildProcess>();

  /** Starts the Node.js of this host with these arguments. */
  start(args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(process.execPath, args, options);
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    child.once('error', () => this.#running.delete(child));
    return child;
  }

  /** Asks a child to end, and makes it end two seconds later. */
  stop(child: ChildProcess): void {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('exit', () => clearTimeout(timer));
  }

  /** Stops every child. @returns when all have ended */
  async stopAll(): Promise<void> {
    await Promise.all(
      [...this.#running].map(
        (child) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve();
            child.once('exit', () => resolve());
            this.stop(child);
          }),
      ),
    );
  }
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Waits until a child has ended and its output is read. @throws Error when it could not be started */
export function waitForExit(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
