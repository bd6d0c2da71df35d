import type { V1PodSpec } from '@kubernetes/client-node';
import { type Digest, isDigest } from '../../posture/digest';
import type { RealWorkload } from '../../posture/read-posture';
import { literalEnvironment, podConfinement } from './confinement';
import { readLiteral } from './literal';

/**
 * What a pod is really started with, out of its spec: that of a declared template and of a pod that runs alike. What is
 * not its first container's plain command, environment and image is in its confinement.
 */
export function readPodWorkload(spec: V1PodSpec): RealWorkload {
  const [first] = spec.containers;
  return {
    command: (first?.command ?? []).map((word) => readLiteral(word) ?? word),
    environment: first ? literalEnvironment(first) : {},
    source: imageDigest(first?.image),
    confinement: podConfinement(spec),
  };
}

/** The digest that an image reference names; one that names none, such as a tag, is no digest of any image of ours. */
export function imageDigest(reference = ''): Digest {
  const digest = reference.slice(reference.lastIndexOf('@') + 1);
  return isDigest(digest) ? digest : (`unpinned:${reference}` as Digest);
}
