import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Something that is awaited on the terminal, and what is typed then. */
export type Answer = readonly [prompt: RegExp, typed: string];

/** What a command came to that ran at a terminal: both of its outputs as the terminal showed them. */
export interface TerminalRun {
  readonly exitCode: number;
  readonly screen: string;
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * Runs a command at a pseudo-terminal, and types each answer when its prompt has appeared.
 * @param options working folder and the whole environment
 */
export async function runAtTerminal(
  command: readonly string[],
  answers: readonly Answer[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<TerminalRun> {
  // `script` gives the command a terminal of its own and passes on what comes on standard input.
  const child = spawn('script', ['-qec', command.map(quote).join(' '), '/dev/null'], {
    cwd: options.cwd,
    env: { ...(options.env ?? process.env), SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const left = [...answers];
  let screen = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk;
    const next = left[0];
    const match = next?.[0].exec(screen.slice(seen));
    if (!next || !match) return;
    seen += match.index + match[0].length;
    left.shift();
    child.stdin.write(next[1]);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  child.stdin.destroy();
  return { exitCode: code ?? -1, screen };
}
