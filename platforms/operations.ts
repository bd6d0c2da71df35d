import { createDockerOperations } from './docker/operations';
import { readDockerRecord } from './docker/record';
import type { Operations, StackPlace } from './platform';
import { createProcessOperations } from './process/operations';

/**
 * The platform's side of the operators' verbs. Which platform a stack was brought up on is read from what it left
 * behind, not from config: a stack must come down although its config no longer parses.
 */
export function createOperations(place: StackPlace): Operations {
  const record = readDockerRecord(place);
  // The guardian is told, since it holds no more of the stack's folder than it needs.
  if (record || process.env.CUTOVER_PLATFORM === 'docker') return createDockerOperations(place, record);
  return createProcessOperations(place);
}
