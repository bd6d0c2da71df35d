import { type Duplex, PassThrough, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { withoutTimeout } from '../../toolchain/image';

export interface ExecOptions {
  /** Given to the command on its standard input, which stays open. */
  readonly input?: Buffer;
  /** How long it may take, milliseconds. */
  readonly timeoutMs: number;
  /** Where its output goes as it comes; else it is in the result. */
  readonly stdout?: Writable;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A command that runs in a container: what is written to it, and what its output is split into. */
export interface Attached {
  readonly stream: Duplex;
  exitCode(): Promise<number>;
}

/** Starts a command in a container that runs, as its user. @throws Error when the daemon refuses */
export async function startExec(docker: Docker, id: string, command: readonly string[]): Promise<Attached> {
  const exec = await docker
    .getContainer(id)
    .exec({ Cmd: [...command], AttachStdin: true, AttachStdout: true, AttachStderr: true });
  // A client's time limit is meant for questions.
  const stream = await withoutTimeout(docker).getExec(exec.id).start({ hijack: true, stdin: true });
  return { stream, exitCode: async () => (await exec.inspect()).ExitCode ?? -1 };
}

/**
 * Waits for a command to its end.
 * @throws Error when the connection breaks, or it takes too long
 */
export async function follow(
  docker: Docker,
  { stream, exitCode }: Attached,
  options: ExecOptions,
): Promise<ExecResult> {
  const stdout = options.stdout ?? new PassThrough();
  const stderr = new PassThrough();
  const said = options.stdout ? Promise.resolve(Buffer.alloc(0)) : buffer(stdout as PassThrough);
  const complained = buffer(stderr);
  for (const one of [said, complained]) one.catch(() => {}); // given up, nobody waits for them
  docker.modem.demuxStream(stream, stdout, stderr);
  const ended = new Promise<void>((resolve, reject) => {
    stream.once('error', reject).once('end', resolve).once('close', resolve);
  });
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`it took longer than ${options.timeoutMs / 1000} s`)),
    options.timeoutMs,
  );
  try {
    if (options.input) stream.write(options.input);
    await Promise.race([ended, late]);
    stdout.end();
    stderr.end();
    return { stdout: await said, stderr: (await complained).toString(), exitCode: await exitCode() };
  } finally {
    clearTimeout(timer);
    stream.destroy();
    stderr.destroy();
    if (!options.stdout) stdout.destroy();
  }
}
