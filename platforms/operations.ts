import type { Config } from '../config';
import type { Operations, PlatformView, StackPlace } from './platform';
import { createProcessOperations } from './process/operations';
import { createProcessView } from './process/view';

/**
 * The platform's side of the operators' verbs. Which platform a stack was brought up on is read from what it left
 * behind, not from config: a stack must come down although its config no longer parses.
 */
export function createOperations(place: StackPlace): Operations {
  return createProcessOperations(place);
}

/** The names that a stack's config gives to things, without the engine. */
export function createView(config: Config, place: StackPlace): PlatformView {
  switch (config.platform) {
    case 'process':
      return createProcessView(config, place);
    default:
      throw new Error(`expected a platform, received ${JSON.stringify(config.platform)}`);
  }
}
