import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { CommandResult } from '../platform';

/**
 * Runs a command in a container that runs, in its environment and as its user.
 * @throws Error when the daemon refuses
 */
export async function runInside(docker: Docker, id: string, command: readonly string[]): Promise<CommandResult> {
  const exec = await docker.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.once('end', () => {
    stdout.end();
    stderr.end();
  });
  const [said] = await Promise.all([text(stdout), text(stderr)]);
  const { ExitCode: exitCode } = await exec.inspect();
  return { exitCode: exitCode ?? -1, stdout: said };
}
