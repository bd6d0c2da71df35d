import { listProcesses, readCommand, readEntry, readEnvironment } from '../../platforms/process-identity';

const everyMs = 10;

/** What was seen of a stack's orchestrators while something else was done. */
export interface OrchestratorWatch {
  readonly samples: number;
  /** The most that ran at the same time. */
  readonly most: number;
  /** How many there were one after another. */
  readonly starts: number;
}

/**
 * Counts the orchestrators of a stack that run on this machine, in containers or not, every 10 ms while a task runs.
 * @param data the folder under which they are told to keep their data, which tells them from those of other stacks
 */
export async function watchOrchestrators(data: string, task: () => Promise<void>): Promise<OrchestratorWatch> {
  const seen = new Set<number>();
  let samples = 0;
  let most = 0;
  const timer = setInterval(() => {
    const found = listProcesses().filter((pid) => isOrchestrator(pid, data));
    // What an orchestrator starts looks like itself for the moment until it has become another program.
    const running = found.filter((pid) => !found.includes(readEntry(pid)?.parent ?? 0));
    for (const pid of running) seen.add(pid);
    samples += 1;
    most = Math.max(most, running.length);
  }, everyMs);
  try {
    await task();
  } finally {
    clearInterval(timer);
  }
  return { samples, most, starts: seen.size };
}

function isOrchestrator(pid: number, data: string): boolean {
  const command = readCommand(pid);
  if (command?.at(-1) !== 'run' || !command.at(-2)?.endsWith('workloads/orchestrator/main.js')) return false;
  return readEnvironment(pid)?.DATA_DIR?.startsWith(data) === true;
}
