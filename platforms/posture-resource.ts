import { CustomResource } from '@pulumi/pulumi';
import { digestPosture, type Posture } from '../posture/posture';
import type { StackPlace } from './platform';
import type { PostureInputs } from './posture-inputs';
import { dataDir, evidenceDir } from './process/home';
import { resourceTypes } from './resource-types';

export class PostureResource extends CustomResource {
  constructor(name: string, inputs: PostureInputs) {
    super(resourceTypes.posture, name, { ...inputs });
  }
}

/** What a stack's posture resource is declared with. */
export function postureInputs(posture: Posture, place: StackPlace): PostureInputs {
  return {
    home: place.home,
    stack: place.stack,
    digest: digestPosture(posture),
    posture,
    guardianData: dataDir(place, 'guardian'),
    evidence: evidenceDir(place),
  };
}
