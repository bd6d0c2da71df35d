import type { V1EnvVar, V1PodSpec } from '@kubernetes/client-node';
import { labelNames } from '../../platforms/kubernetes/names';
import { readPodWorkload } from '../../platforms/kubernetes/pod-workload';
import type { RealWorkload } from '../../posture/read-posture';

/** Any resource of a cluster that may hold a pod: pods, what makes pods, patches and lists of these, and resources of
 * others' making. The API groups of Kubernetes itself with a name of this form (networks, rights, storage) hold none. */
export const isPodType = (type: string): boolean => /^kubernetes:(?![^/]*\.k8s\.io\/)/.test(type);

/** A value as plain JSON has it, looked into without knowing its form. */
type Plain = { readonly [key: string]: unknown };

/**
 * A workload out of a resource that holds a pod and that says whose it is or asks for a trading mode. Undefined for
 * every other, which is none of this pack's business. Where pods are held is not known for every kind, nor needed:
 * whatever has containers is one.
 */
export function readDeclaredPod(props: Plain): (RealWorkload & { workload: string }) | undefined {
  const [pod, ...others] = findPods(props);
  if (!pod) return undefined;
  const real = readPodWorkload(pod.spec);
  const labels = { ...labelsOf(props), ...pod.labels };
  const mode = askedMode(
    [pod, ...others].map(({ spec }) => spec),
    labels[labelNames.stack] !== undefined,
  );
  const environment: Record<string, string> = {
    ...real.environment,
    ...(mode === undefined ? {} : { TRADING_MODE: mode }),
  };
  if (environment.CUTOVER_WORKLOAD === undefined && mode === undefined) return undefined;
  const name = (props.metadata as { name?: string } | undefined)?.name;
  return {
    ...real,
    environment,
    workload: labels[labelNames.workload] ?? name ?? '',
    // A list may hold more pods than the one that is compared.
    ...(others.length > 0 ? { confinement: { pod: real.confinement, others } } : {}),
  };
}

/**
 * The trading mode that any container asks for, the one that is not `paper` first; undefined where none does.
 * @param isOurs whether a mode may be expected: then one that comes from elsewhere is a mode that nobody knows
 */
function askedMode(pods: readonly V1PodSpec[], isOurs: boolean): string | undefined {
  const modes = pods.flatMap((spec) =>
    [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].flatMap(
      ({ env = [], envFrom = [] }) => {
        const asked = env.filter(({ name }) => name === 'TRADING_MODE').map(textOf);
        return asked.length === 0 && isOurs && envFrom.length > 0 ? [elsewhere] : asked;
      },
    ),
  );
  return modes.find((mode) => mode !== 'paper') ?? modes[0];
}

/** A mode that is not in the declaration itself. */
const elsewhere = 'a value from elsewhere';
const textOf = ({ value, valueFrom }: V1EnvVar): string => (valueFrom ? elsewhere : (value ?? ''));

export interface FoundPod {
  readonly spec: V1PodSpec;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every pod spec in a value, with the labels that stand beside it. */
export function findPods(value: unknown): FoundPod[] {
  if (Array.isArray(value)) return value.flatMap(findPods);
  if (typeof value !== 'object' || value === null) return [];
  const plain = value as Plain;
  const spec = plain.spec as Partial<V1PodSpec> | undefined;
  const lists = [spec?.containers, spec?.initContainers, spec?.ephemeralContainers];
  if (lists.some(Array.isArray))
    return [{ spec: { ...spec, containers: spec?.containers ?? [] }, labels: labelsOf(plain) }];
  return Object.values(plain).flatMap(findPods);
}

function labelsOf({ metadata }: Plain): Record<string, string> {
  return (metadata as { labels?: Record<string, string> } | undefined)?.labels ?? {};
}
