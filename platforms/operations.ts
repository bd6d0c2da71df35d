import type { Config } from '../config';
import { daemonEnvironment, isRemote } from './docker/daemon';
import { createDockerOperations } from './docker/operations';
import { readDockerRecord, recordedDaemon } from './docker/record';
import { createKubernetesOperations } from './kubernetes/operations';
import { readKubernetesRecord } from './kubernetes/record';
import type { Operations, StackPlace } from './platform';
import { createProcessOperations } from './process/operations';

/**
 * The platform's side of the operators' verbs. Which platform a stack was brought up on is read from what it left
 * behind, not from config: a stack must come down although its config no longer parses.
 * @param config of a stack that is about to be brought up: it says where
 */
export function createOperations(place: StackPlace, config?: Pick<Config, 'platform' | 'kubernetes'>): Operations {
  const docker = readDockerRecord(place);
  const kubernetes = readKubernetesRecord(place);
  // The guardian is told, since it holds no more of the stack's folder than it needs.
  const left = kubernetes?.platform ?? docker?.platform ?? process.env.CUTOVER_PLATFORM;
  switch (config?.platform ?? left) {
    case 'kubernetes':
      return createKubernetesOperations(place, kubernetes, config?.kubernetes);
    case 'docker':
      return createDockerOperations(place, docker, config !== undefined);
    default:
      return createProcessOperations(place);
  }
}

/**
 * What the engine has to find in its environment to take down what was brought up: its plugin for containers goes by
 * DOCKER_HOST, and a stack on another host stays there whatever that says by now.
 */
export function engineEnvironment(place: StackPlace): Record<string, string> {
  const daemon = recordedDaemon(readDockerRecord(place));
  return daemon && isRemote(daemon) ? daemonEnvironment(daemon) : {};
}
