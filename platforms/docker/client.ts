import Docker from 'dockerode';
import { messageOf } from '../../errors';

/** How long the daemon may take to answer, milliseconds; a stop takes its grace on top. */
const answerMs = 10_000;

/**
 * The daemon that DOCKER_HOST names (unix socket, tcp or ssh), else the local one.
 * @param recorded the Unix socket, as `unix:///...`, of the daemon that is meant whatever DOCKER_HOST says
 */
export function connect(recorded?: string): Docker {
  if (recorded === undefined) return new Docker({ timeout: answerMs });
  return new Docker({ host: undefined, socketPath: socketOf(recorded), timeout: answerMs });
}

/** Where the daemon is looked for, to name it in a message. */
export const daemonAddress = (): string => process.env.DOCKER_HOST || 'unix:///var/run/docker.sock';

/** The daemon's socket as a file of this machine; undefined where its address is no socket's. */
export const socketOf = (address: string): string | undefined => /^unix:\/\/(\/.+)$/.exec(address)?.[1];

/** Why no stack can be brought up at an address, as a sentence with the way out; undefined for one of this machine. */
export function describeRemote(address: string = daemonAddress()): string | undefined {
  if (socketOf(address) !== undefined) return undefined;
  return `expected DOCKER_HOST to be the Unix socket of a daemon on this machine, such as unix:///var/run/docker.sock, received ${address}: containers are given files of this machine, so a daemon elsewhere cannot run a stack; unset DOCKER_HOST, or run cutover on that machine`;
}

/**
 * Why the daemon cannot be used, as a sentence with the way out, or undefined where it answers.
 */
export async function describeDaemonProblem(docker: Docker = connect()): Promise<string | undefined> {
  try {
    await docker.ping();
    return undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    const at = daemonAddress();
    if (code === 'EACCES')
      return `expected to be let use the Docker daemon at ${at}, received permission denied; join the group of its socket, or set DOCKER_HOST`;
    if (code === 'ENOENT' || code === 'ECONNREFUSED')
      return `expected a Docker daemon at ${at}, received no answer (${code}); start it, or set DOCKER_HOST`;
    return `expected a Docker daemon at ${at}, received: ${messageOf(error)}; check DOCKER_HOST`;
  }
}

/** A container as the daemon tells it; undefined where there is none of this name. @throws Error when the daemon fails */
export async function inspect(docker: Docker, name: string): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await docker.getContainer(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
