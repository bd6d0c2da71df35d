import Docker from 'dockerode';
import { messageOf } from '../../errors';
import { currentDaemon, type Daemon, isRemote, socketOf, urlOf } from './daemon';
import { DialAgent, dialTo } from './dial';

/** How long the daemon may take to answer, milliseconds; a stop takes its grace on top. */
const answerMs = 10_000;

/**
 * The daemon that DOCKER_HOST names (unix socket, tcp or ssh), else the local one.
 * @param recorded the daemon that is meant whatever DOCKER_HOST says
 */
export function connect(recorded?: Daemon): Docker {
  const { address, socket, certificates } = recorded ?? currentDaemon();
  const url = urlOf(address);
  if (url) {
    const agent = new DialAgent(dialTo(url, socket ?? '', certificates));
    // The agent alone knows where to; the rest is as at a socket of this machine.
    return new Docker({
      host: undefined,
      protocol: 'http',
      socketPath: 'docker.sock',
      agent,
      timeout: answerMs,
    } as object);
  }
  if (recorded === undefined) return new Docker({ timeout: answerMs });
  return new Docker({ host: undefined, socketPath: socketOf(address), timeout: answerMs });
}

/**
 * Why the daemon cannot be used, as a sentence with the way out, or undefined where it answers.
 */
export async function describeDaemonProblem(
  docker: Docker = connect(),
  daemon: Daemon = currentDaemon(),
): Promise<string | undefined> {
  try {
    await docker.ping();
    return undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    const at = daemon.address;
    if (code === 'EACCES')
      return `expected to be let use the Docker daemon at ${at}, received permission denied; join the group of its socket, or set DOCKER_HOST`;
    if (code === 'ENOENT' || code === 'ECONNREFUSED')
      return `expected a Docker daemon at ${at}, received no answer (${code}); start it, or set DOCKER_HOST`;
    const there = isRemote(daemon) ? `, with its socket at ${daemon.socket} there` : '';
    return `expected a Docker daemon at ${at}${there}, received: ${messageOf(error)}; check DOCKER_HOST`;
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
