import { statSync } from 'node:fs';
import type { Digest } from '../../posture/digest';
import type { StackPlace } from '../platform';
import { daemonAddress, socketOf } from './client';
import { type ContainerInputs, confined, labelsOf } from './container-inputs';
import { containerName, proxyFolder, proxyName, proxySocket, proxyVolume } from './names';
import type { Owner } from './owner';

/**
 * The container between the guardian and the daemon's socket. Whoever holds that socket is root on the machine, so the
 * guardian does not; this one has no network, and passes only what a guardian needs.
 */
export function proxyInputs(
  place: StackPlace,
  owner: Owner,
  image: Digest,
): Omit<ContainerInputs, 'networksAdvanced'> & { readonly networkMode: string } {
  // Any other address was refused before the engine was started.
  const socket = socketOf(daemonAddress()) ?? '/var/run/docker.sock';
  const health = `require('node:net').connect(${JSON.stringify(proxySocket)}, () => process.exit(0)).on('error', () => process.exit(1))`;
  return {
    ...confined,
    name: containerName(place.stack, proxyName),
    image,
    command: ['/usr/local/bin/node', '/cutover/dist/platforms/docker/proxy-main.js'],
    envs: [`CUTOVER_STACK=${place.stack}`, `DOCKER_SOCKET=${socket}`, `PROXY_SOCKET=${proxySocket}`],
    user: `${owner.uid}:${owner.gid}`,
    groupAdds: [String(groupOf(socket))],
    networkMode: 'none',
    mounts: [
      { type: 'bind', source: socket, target: socket, readOnly: false },
      { type: 'volume', source: proxyVolume(place), target: proxyFolder, readOnly: false },
    ],
    healthcheck: {
      tests: ['CMD', '/usr/local/bin/node', '-e', health],
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
