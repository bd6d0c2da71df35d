import type { V1Container, V1EnvVar, V1PodSpec } from '@kubernetes/client-node';
import { readLiteral } from './literal';

/**
 * What a pod is let do beyond command, environment and image of its first container: part of the posture as an opaque
 * value. It is the whole pod spec but for what the cluster itself fills in to place a pod, so that whatever is not known
 * to be harmless shows: another container, volume, user, capability, host, name server, or a field that this version has
 * never heard of. Declared and observed pods are read alike; the pod template names every default that the API server
 * would fill in.
 */
export function podConfinement(spec: V1PodSpec): object {
  const {
    // Where the pod runs, and what may push it out or keep it there: no more rights for it.
    nodeName: _nodeName,
    priority: _priority,
    priorityClassName: _priorityClassName,
    preemptionPolicy: _preemptionPolicy,
    tolerations: _tolerations,
    // The old name of serviceAccountName, which the API server keeps equal to it.
    serviceAccount,
    containers: [first, ...others],
    ...rest
  } = spec;
  return withoutAbsent({
    ...rest,
    ...(serviceAccount === rest.serviceAccountName ? {} : { serviceAccount }),
    containers: [...(first ? [withoutPosture(first)] : []), ...others],
  }) as object;
}

/** The environment of a container as far as it is plain text; each name once. */
export function literalEnvironment(container: V1Container): Record<string, string> {
  const literal = (container.env ?? []).flatMap((entry) => {
    const value = literalValue(entry);
    return value === undefined ? [] : [[entry.name, value] as const];
  });
  return Object.fromEntries(literal);
}

/** A container without what the posture tells apart: the rest of its command, environment and image. */
function withoutPosture({ image: _image, command, env = [], ...rest }: V1Container): object {
  const names = env.map(({ name }) => name);
  // Of a name that is given twice the last counts, and of a value that is not plain text nobody knows: both show.
  const odd = env.filter(
    (entry) => literalValue(entry) === undefined || names.indexOf(entry.name) !== names.lastIndexOf(entry.name),
  );
  const isOdd = (command ?? []).some((word) => readLiteral(word) === undefined);
  return { ...rest, ...(odd.length > 0 ? { env: odd } : {}), ...(isOdd ? { command } : {}) };
}

/** The text of a variable that has one; undefined where it comes from elsewhere. An empty text is left out by the API. */
function literalValue({ value, valueFrom }: V1EnvVar): string | undefined {
  return valueFrom ? undefined : readLiteral(value ?? '');
}

/** A plain copy without what is not there: the API's client names every field, a declaration only those it has. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined && inner !== null)
      .map(([key, inner]) => [key, withoutAbsent(inner)]),
  );
}
