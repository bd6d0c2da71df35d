import type { CustomResource } from '@pulumi/pulumi';
import type { Config } from '../config';
import { createDockerPlatform } from './docker';
import { createKubernetesPlatform } from './kubernetes';
import type { Platform, StackPlace } from './platform';
import { createProcessPlatform } from './process';

/** The platform that a stack's config names, for the Pulumi program. @throws Error for one that nothing here implements */
export function createPlatform(config: Config, place: StackPlace): Platform<CustomResource> {
  switch (config.platform) {
    case 'process':
      return createProcessPlatform(config, place);
    case 'docker':
      return createDockerPlatform(config, place);
    case 'kubernetes':
      return createKubernetesPlatform(config, place);
    default:
      throw new Error(`expected a platform, received ${JSON.stringify(config.platform)}`);
  }
}
