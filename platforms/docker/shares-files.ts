import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type Docker from 'dockerode';
import { messageOf } from '../../errors';
import { currentDaemon, type Daemon } from './daemon';

/**
 * Why containers of a daemon cannot be given folders of a stack's home, as a sentence with the way out; undefined where
 * they can. A daemon in a virtual machine, a snap or behind a tunnel sees other files at the same path. What tells is a
 * container, never started, over a folder that was made just now.
 * @param image id of one that the daemon has
 * @throws Error when the daemon fails
 */
export async function describeForeignFiles(
  docker: Docker,
  home: string,
  image: string,
  { address }: Daemon = currentDaemon(),
): Promise<string | undefined> {
  if (await seesFiles(docker, home, image)) return undefined;
  return `expected the Docker daemon at ${address} to see the files of this machine, received a daemon that does not see ${home}: containers are given folders in it; set DOCKER_HOST to a daemon that runs on this machine, or to ssh://user@host or tcp://host:port for one that does not, or CUTOVER_HOME to a folder that it sees`;
}

/**
 * Why a daemon cannot be taken for one of another host, as a sentence with the way out: what is copied there would be
 * written over what it was copied from. Undefined where it can. @throws as above
 */
export async function describeOwnFiles(
  docker: Docker,
  home: string,
  image: string,
  { address }: Daemon,
): Promise<string | undefined> {
  if (!(await seesFiles(docker, home, image))) return undefined;
  return `expected a Docker daemon of another host at ${address}, received one that sees the files of this machine: it is this machine's; set DOCKER_HOST to its Unix socket, such as unix:///var/run/docker.sock`;
}

async function seesFiles(docker: Docker, home: string, image: string): Promise<boolean> {
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(path.join(home, '.seen-by-daemon-'));
  try {
    const mount = { Type: 'bind', Source: folder, Target: '/seen', ReadOnly: true } as const;
    const hostConfig: Docker.HostConfig = { NetworkMode: 'none', Mounts: [mount] };
    const container = await docker.createContainer({ Image: image, Cmd: ['none'], HostConfig: hostConfig });
    await container.remove({ force: true });
    return true;
  } catch (error) {
    if (!/bind source path does not exist/.test(messageOf(error))) throw error;
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
