import type { Config } from '../config';
import { packageDir } from '../package-dir';
import type { ProjectFiles } from '../project-files';
import { readImage } from '../toolchain/image';
import { createDockerView } from './docker/view';
import { createKubernetesView } from './kubernetes/view';
import type { PlatformView, StackPlace } from './platform';
import { createProcessView } from './process/view';

/**
 * The names that a stack's config gives to things, without the engine.
 * @param files where the files that commands and config name are looked at, if not on this machine as it is now
 * @throws CutoverError where an image is needed and missing
 */
export function createView(config: Config, place: StackPlace, files?: ProjectFiles): PlatformView {
  switch (config.platform) {
    case 'process':
      return createProcessView(config, place, files);
    case 'docker':
      return createDockerView(config, place, readImage(packageDir())?.id, files);
    case 'kubernetes':
      return createKubernetesView(config, place, files);
    default:
      throw new Error(`expected a platform, received ${JSON.stringify(config.platform)}`);
  }
}
