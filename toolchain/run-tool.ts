import { spawn } from 'node:child_process';

/** What a tool printed and how it ended. */
export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** The last lines of its error output, or why it could not run. */
  readonly failure: string;
}

export interface ToolOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Seconds after which the tool is ended. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with each whole line of its error output. */
  readonly onErrorLine?: (line: string) => void;
}

const keptLines = 12;

/**
 * Runs a tool to its end, without a shell and without input. It ends when `signal` aborts or its time is over; it
 * stays in the terminal's process group, so that Ctrl-C reaches it and its children as well.
 * @throws the reason of `signal` when that aborted it; every other failure is told in the result
 */
export async function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000);
  const child = spawn(command, args, {
    env: options.env,
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    killSignal: 'SIGTERM',
  });
  let stdout = '';
  let rest = '';
  const lines: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    options.onErrorLine?.(line);
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(onLine);
  });
  const ended = await new Promise<string>((resolve) => {
    let failure = '';
    child.once('error', (error) => {
      failure = timeout.aborted ? `did not end within ${options.timeoutSeconds} s` : error.message;
      if (child.pid === undefined) resolve(failure);
    });
    child.once('close', (code, signal) => resolve(failure || (code === 0 ? '' : (signal ?? `exit code ${code}`))));
  });
  options.signal?.throwIfAborted();
  if (rest !== '') onLine(rest);
  const said = lines.join('\n').trim();
  return { ok: ended === '', stdout, failure: ended === '' || said === '' ? ended : `${ended}: ${said}` };
}
