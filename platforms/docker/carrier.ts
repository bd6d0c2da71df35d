import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { messageOf } from '../../errors';
import type { Digest } from '../../posture/digest';
import { withoutTimeout } from '../../toolchain/image';
import { type ExecOptions, type ExecResult, follow } from './exec';
import { carrierName, labelNames } from './names';

/** A short-lived container of ours on another host: without a network, and with no more of that host than is named. */
export interface Carrier {
  readonly stack: string;
  /** Id of the image of the shipped workloads. */
  readonly image: Digest;
  readonly user: string;
  /** `host path:path inside`; what is not there yet is made there as a folder of root's. */
  readonly binds?: readonly string[];
  /** The same, but of what has to be there. */
  readonly mounts?: readonly Docker.MountSettings[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Makes a container that is never started: the daemon itself reads and writes its files for whoever asks, with owners and
 * modes, so that no program need run as root for it.
 * @throws what `use` throws; Error when the daemon refuses
 */
export async function withHolder<T>(
  docker: Docker,
  carrier: Carrier,
  use: (holder: Docker.Container) => Promise<T>,
): Promise<T> {
  const holder = await docker.createContainer(describe(carrier, ['none']));
  try {
    return await use(holder);
  } finally {
    await remove(holder);
  }
}

/** Runs a command in a container of its own, to its end. @throws Error when it cannot be run, or takes too long */
export async function runCarrier(
  docker: Docker,
  carrier: Carrier,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const attach = { AttachStdin: true, AttachStdout: true, AttachStderr: true, OpenStdin: true, StdinOnce: true };
  // Known by its name to those who look for containers that nothing accounts for.
  const name = carrierName(carrier.stack);
  const container = await docker.createContainer({ name, ...describe(carrier, command), ...attach });
  try {
    const wanted = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
    const stream = (await withoutTimeout(docker).getContainer(container.id).attach(wanted)) as Duplex;
    await container.start();
    return await follow(docker, { stream, exitCode: async () => (await container.wait()).StatusCode }, options);
  } finally {
    await remove(container);
  }
}

function describe(
  { stack, image, user, binds = [], mounts = [], environment = {} }: Carrier,
  command: readonly string[],
): Docker.ContainerCreateOptions {
  return {
    Image: image,
    Cmd: [...command],
    User: user,
    Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
    Labels: { [labelNames.stack]: stack },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Binds: [...binds],
      Mounts: [...mounts],
      Memory: 256 * 1024 * 1024,
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

async function remove(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return;
    throw new Error(`the container ${container.id.slice(0, 12)} could not be removed: ${messageOf(error)}`);
  }
}
