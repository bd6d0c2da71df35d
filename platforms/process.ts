import { CustomResource, type CustomResourceOptions } from '@pulumi/pulumi';
import type { Config } from '../config';
import { digestPosture, type Posture } from '../posture/posture';
import type { Platform, StackPlace } from './platform';
import { dataDir, evidenceDir } from './process/home';
import { resourceTypes } from './process/resource-types';
import type { ProcessInputs } from './process/start';
import { createProcessView, processInputs } from './process/view';

class ProcessResource extends CustomResource {
  constructor(name: string, inputs: ProcessInputs, options: CustomResourceOptions) {
    // The outputs are named here so that the SDK expects them from the provider.
    super(resourceTypes.process, name, { ...inputs, pid: undefined, url: undefined, startedAt: undefined }, options);
  }
}

interface PostureInputs {
  readonly home: string;
  readonly stack: string;
  readonly digest: string;
  readonly posture: Posture;
  /** Where a policy finds ledger and evidence. */
  readonly guardianData: string;
  readonly evidence: string;
}

class PostureResource extends CustomResource {
  constructor(name: string, inputs: PostureInputs) {
    super(resourceTypes.posture, name, { ...inputs });
  }
}

/** Local processes, supervised by the resources of our own Node.js provider. */
export function createProcessPlatform(config: Config, place: StackPlace): Platform<CustomResource> {
  const view = createProcessView(config, place);
  return {
    ...view,
    declarePosture: (posture) =>
      new PostureResource('posture', {
        home: place.home,
        stack: place.stack,
        digest: digestPosture(posture),
        posture,
        guardianData: dataDir(place, 'guardian'),
        evidence: evidenceDir(place),
      }),
    declare: (spec, dependsOn) =>
      new ProcessResource(spec.name, processInputs(spec, place, view), { dependsOn: [...dependsOn] }),
  };
}
