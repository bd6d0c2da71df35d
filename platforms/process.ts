import { CustomResource, type CustomResourceOptions } from '@pulumi/pulumi';
import type { Config } from '../config';
import type { Platform, StackPlace } from './platform';
import { PostureResource, postureInputs } from './posture-resource';
import type { ProcessInputs } from './process/start';
import { createProcessView, processInputs } from './process/view';
import { resourceTypes } from './resource-types';

class ProcessResource extends CustomResource {
  constructor(name: string, inputs: ProcessInputs, options: CustomResourceOptions) {
    // The outputs are named here so that the SDK expects them from the provider.
    super(resourceTypes.process, name, { ...inputs, pid: undefined, url: undefined, startedAt: undefined }, options);
  }
}

/** Local processes, supervised by the resources of our own Node.js provider. */
export function createProcessPlatform(config: Config, place: StackPlace): Platform<CustomResource> {
  const view = createProcessView(config, place);
  return {
    ...view,
    declarePosture: (posture) => new PostureResource('posture', postureInputs(posture, place)),
    declare: (spec, dependsOn) =>
      new ProcessResource(spec.name, processInputs(spec, place, view), { dependsOn: [...dependsOn] }),
  };
}
