import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, type ProgramName } from './arguments';
import { logOf, type Node, startIn } from './node';
import type { Place } from './place';

const pollMs = 50;
/** How long a program may take until it is ready; a slow machine that does something else at the same time is meant. */
const patienceMs = 240_000;

/** The programs of a cluster that starts. */
export class Programs {
  private readonly children: ChildProcess[] = [];
  private failure: Error | undefined;

  constructor(
    private readonly place: Place,
    private readonly node: Node,
    private readonly signal: AbortSignal,
  ) {}

  start(name: ProgramName): void {
    this.startCommand(name, commandOf(this.place, name));
  }

  startCommand(name: string, command: readonly string[]): void {
    const child = startIn(this.place, this.node, name, command);
    this.children.push(child);
    const onEnd = (why: string) => {
      this.failure ??= new Error(`${name} does not start: ${lastWords(this.place, name) ?? why}`);
    };
    child.on('error', (error) => onEnd(error.message));
    child.on('exit', (code) => onEnd(`it ended with code ${code}`));
  }

  /** @throws Error when a program ends meanwhile, and the reason of the signal */
  async until(what: string, isThere: () => Promise<boolean>): Promise<void> {
    const started = Date.now();
    while (!(await isThere())) {
      this.signal.throwIfAborted();
      if (this.failure) throw this.failure;
      if (Date.now() - started > patienceMs) throw new Error(`${what} is not ready: ${lastWords(this.place, what)}`);
      await sleep(pollMs);
    }
  }

  /** From now on they run without being watched; this process can end without them. */
  letGo(): void {
    for (const child of this.children) child.removeAllListeners().unref();
  }
}

function lastWords(place: Place, name: string): string | undefined {
  const lines = tryRead(logOf(place, name)).trim().split('\n');
  return lines.filter((line) => /^[EF]\d{4}|err|fatal|fail/i.test(line)).at(-1);
}

/** @returns the text of a file, empty where there is none */
export function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
