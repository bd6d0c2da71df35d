import { PassThrough, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Cluster } from './client';

/** A container of a pod. */
export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface InsideOptions {
  /** Given to the command on its standard input, which stays open: not every API server can end it alone. */
  readonly input?: Buffer;
  /** How long it may take, milliseconds. */
  readonly timeoutMs: number;
  /** Where its output goes as it comes; else it is in the result. */
  readonly stdout?: Writable;
}

export interface InsideResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What the API server says at the end of a command. */
interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/**
 * Runs a command in a container that runs, in its environment and as its user.
 * @throws Error when the API server refuses, the connection breaks or it takes too long
 */
export async function runInside(
  cluster: Cluster,
  { namespace, pod, container }: ContainerPlace,
  command: readonly string[],
  options: InsideOptions,
): Promise<InsideResult> {
  const stdout = options.stdout ?? new PassThrough();
  const stderr = new PassThrough();
  const said = stdout instanceof PassThrough && !options.stdout ? buffer(stdout) : Promise.resolve(Buffer.alloc(0));
  const complained = buffer(stderr);
  // Where the command is given up, nobody waits for what it says, and its streams end early.
  for (const one of [said, complained]) one.catch(() => {});
  const stdin = options.input === undefined ? null : new PassThrough();
  const ended = Promise.withResolvers<ExecStatus>();
  const timer = setTimeout(
    () => ended.reject(new Error(`${command[0]} in pod ${pod} took longer than ${options.timeoutMs / 1000} s`)),
    options.timeoutMs,
  );
  let socket: { close(): void } | undefined;
  let isOver = false;
  try {
    const exec = await createExec(cluster);
    const asked = exec.exec(namespace, pod, container, [...command], stdout, stderr, stdin, false, ended.resolve);
    asked.then(
      (opened) => isOver && opened.close(),
      () => {},
    );
    const opened = await Promise.race([asked, ended.promise.then(() => asked)]).catch(asError);
    socket = opened;
    opened.onclose = () => ended.reject(new Error(`the connection to pod ${pod} was closed`));
    stdin?.write(options.input);
    const status = await ended.promise;
    const exitCode = exitCodeOf(status);
    if (exitCode === undefined) throw new Error(status.message ?? `${command[0]} could not be run in pod ${pod}`);
    return { exitCode, stdout: await said, stderr: (await complained).toString() };
  } finally {
    isOver = true;
    clearTimeout(timer);
    socket?.close();
    stderr.destroy();
    if (!options.stdout) stdout.destroy();
  }
}

async function createExec({ config }: Cluster) {
  const { Exec } = await import('./library.js');
  const exec = new Exec(config);
  // Left to itself the library would end the standard output of this process where the server ends the command's.
  const spare = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  Object.assign(exec.handler, { streams: spare });
  return exec;
}

/** A connection that cannot be had comes as an event. */
function asError(event: unknown): never {
  throw event instanceof Error ? event : new Error(String((event as { message?: unknown }).message ?? event));
}

/** The exit code of a command; undefined where it was never run. Pure. */
export function exitCodeOf({ status, reason, details }: ExecStatus): number | undefined {
  if (status === 'Success') return 0;
  const cause = details?.causes?.find((one) => one.reason === 'ExitCode');
  return reason === 'NonZeroExitCode' && cause ? Number(cause.message) : undefined;
}
