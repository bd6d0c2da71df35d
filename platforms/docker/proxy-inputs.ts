import { statSync } from 'node:fs';
import type { Digest } from '../../posture/digest';
import type { StackPlace } from '../platform';
import { type ContainerInputs, confined, labelsOf } from './container-inputs';
import { currentDaemon, type Daemon, socketOf } from './daemon';
import { containerName, imageNode, proxyFolder, proxyName, proxySocket, proxyVolume, shippedCommand } from './names';
import type { Owner } from './owner';

/**
 * The container between the guardian and the daemon's socket. Whoever holds that socket is root on the machine, so the
 * guardian does not; this one has no network, and passes only what a guardian needs.
 */
export function proxyInputs(
  place: StackPlace,
  owner: Owner,
  image: Digest,
  daemon: Daemon = currentDaemon(),
): Omit<ContainerInputs, 'networksAdvanced'> & { readonly networkMode: string } {
  // Any other address was refused before the engine was started.
  const socket = socketOf(daemon.address) ?? daemon.socket ?? '/var/run/docker.sock';
  const health = `require('node:net').connect(${JSON.stringify(proxySocket)}, () => process.exit(0)).on('error', () => process.exit(1))`;
  return {
    ...confined,
    name: containerName(place.stack, proxyName),
    image,
    command: shippedCommand('platforms/docker/proxy-main'),
    envs: [`CUTOVER_STACK=${place.stack}`, `DOCKER_SOCKET=${socket}`, `PROXY_SOCKET=${proxySocket}`],
    user: `${owner.uid}:${owner.gid}`,
    // On another host nobody here knows it: what is asked there takes its place.
    groupAdds: [String(groupOf(socket))],
    networkMode: 'none',
    mounts: [
      { type: 'bind', source: socket, target: socket, readOnly: false },
      { type: 'volume', source: proxyVolume(place), target: proxyFolder, readOnly: false },
    ],
    healthcheck: {
      tests: ['CMD', imageNode, '-e', health],
      interval: '3s',
      timeout: '3s',
      startPeriod: '10s',
      retries: 3,
    },
    memory: 192,
    memorySwap: 192,
    restart: 'unless-stopped',
    labels: labelsOf(place.stack, proxyName),
    wait: true,
  };
}

function groupOf(socket: string): number {
  return statSync(socket, { throwIfNoEntry: false })?.gid ?? 0;
}
