import type { Config } from '../config';
import { packageDir } from '../package-dir';
import { readImage } from '../toolchain/image';
import { createDockerView } from './docker/view';
import { createKubernetesView } from './kubernetes/view';
import type { PlatformView, StackPlace } from './platform';
import { createProcessView } from './process/view';

/** The names that a stack's config gives to things, without the engine. @throws CutoverError where an image is needed and missing */
export function createView(config: Config, place: StackPlace): PlatformView {
  switch (config.platform) {
    case 'process':
      return createProcessView(config, place);
    case 'docker':
      return createDockerView(config, place, readImage(packageDir())?.id);
    case 'kubernetes':
      return createKubernetesView(config, place);
    default:
      throw new Error(`expected a platform, received ${JSON.stringify(config.platform)}`);
  }
}
