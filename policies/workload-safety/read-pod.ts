import { labelNames } from '../../platforms/kubernetes/names';
import { findPods } from '../live-promotion/declared-pod';
import type { Plain } from '../read-inputs';
import { asList, asPlain, asText, asTexts, type Mount, shippedWorkload, type Unit, type Walls } from './unit';

/** Every container of every pod that a resource holds, whatever its kind. */
export function readPods(name: string, props: Plain): Unit[] {
  const outer = asPlain(asPlain(props.metadata).labels);
  return findPods(props).flatMap(({ spec, labels }) => {
    const all = { ...outer, ...labels };
    const pod = spec as unknown as Plain;
    const [first, ...others] = asList(pod.containers).map(asPlain);
    const passing = [pod.initContainers, pod.ephemeralContainers].flatMap(asList).map(asPlain);
    return [
      ...(first ? [readContainer(name, pod, first, all, 'first')] : []),
      ...others.map((own) => readContainer(name, pod, own, all, 'beside')),
      ...passing.map((own) => readContainer(name, pod, own, all, 'passing')),
    ];
  });
}

/** @param role the first container alone stands for the workload that the pod's labels name; one that is passing is never ready */
function readContainer(
  name: string,
  pod: Plain,
  own: Plain,
  labels: Plain,
  role: 'first' | 'beside' | 'passing',
): Unit {
  const environment = asList(own.env).map((one) => {
    const { name: variable, value, valueFrom } = asPlain(one);
    return { name: asText(variable), value: valueFrom === undefined ? asText(value) : undefined };
  });
  const readVariable = (variable: string) => environment.findLast((one) => one.name === variable)?.value;
  const words = [...asTexts(own.command), ...asTexts(own.args)];
  const said = asText(labels[labelNames.workload]) || readVariable('CUTOVER_WORKLOAD');
  const workload = (role === 'first' ? said : undefined) || shippedWorkload(words);
  const container = asText(own.name);
  return {
    platform: 'kubernetes',
    name: container === '' || container === name ? name : `${name}/${container}`,
    stack: asText(labels[labelNames.stack]) || readVariable('CUTOVER_STACK'),
    workload,
    image: asText(own.image),
    words,
    environment,
    hasMoreVariables: asList(own.envFrom).length > 0,
    secrets: [...secretsIn(own), ...secretVolumes(pod, own)],
    mounts: mountsOf(pod, own),
    published: [
      ...asList(own.ports)
        .map(asPlain)
        .filter(({ hostPort }) => hostPort !== undefined && hostPort !== 0)
        .map(({ hostPort, hostIP }) => ({ port: String(hostPort), address: asText(hostIP) || '0.0.0.0' })),
      ...(pod.hostNetwork === true ? [{ port: 'every port', address: 'the network of the host' }] : []),
    ],
    hasHealthCheck: role === 'passing' || own.readinessProbe !== undefined,
    walls: wallsOf(pod, own),
  };
}

/** Keys of Secrets that its environment takes; of a whole Secret all. */
function secretsIn(own: Plain): string[] {
  const keys = asList(own.env)
    .map((one) => asPlain(asPlain(asPlain(one).valueFrom).secretKeyRef).key)
    .filter((key) => key !== undefined);
  const whole = asList(own.envFrom).filter((one) => asPlain(one).secretRef !== undefined);
  return [...keys.map(asText), ...whole.map(() => '*')];
}

/** Keys of the Secrets that are mounted into a container. */
function secretVolumes(pod: Plain, own: Plain): string[] {
  const mounted = new Set(asList(own.volumeMounts).map((one) => asPlain(one).name));
  return asList(pod.volumes)
    .map(asPlain)
    .filter(({ name }) => mounted.has(name))
    .flatMap((volume) => [
      volume.secret,
      ...asList(asPlain(volume.projected).sources).map((one) => asPlain(one).secret),
    ])
    .filter((secret) => secret !== undefined)
    .flatMap((secret) => {
      const { items } = asPlain(secret);
      return items === undefined ? ['*'] : asList(items).map((item) => asText(asPlain(item).key));
    });
}

function mountsOf(pod: Plain, own: Plain): Mount[] {
  const volumes = new Map(asList(pod.volumes).map((one) => [asPlain(one).name, asPlain(one)]));
  return asList(own.volumeMounts)
    .map(asPlain)
    .map(({ name, mountPath }) => {
      const volume = volumes.get(name) ?? {};
      const claim = asText(asPlain(volume.persistentVolumeClaim).claimName);
      const target = asText(mountPath);
      if (claim !== '') return { kind: 'kept', source: claim, target };
      // A volume that the pod does not name is of a StatefulSet's claim templates, which outlive its pods.
      if (!volumes.has(name)) return { kind: 'kept', source: asText(name), target };
      const isGiven = ['configMap', 'secret', 'projected', 'downwardAPI'].some((kind) => volume[kind] !== undefined);
      return { kind: isGiven ? 'given' : 'temporary', source: asText(name), target };
    });
}

function wallsOf(pod: Plain, own: Plain): Walls {
  const [outer, inner] = [asPlain(pod.securityContext), asPlain(own.securityContext)];
  const effective = (key: string) => inner[key] ?? outer[key];
  const { add, drop } = asPlain(inner.capabilities);
  const { limits } = asPlain(own.resources);
  const seccomp = asText(asPlain(effective('seccompProfile')).type);
  const mounted = new Set(asList(own.volumeMounts).map((one) => asPlain(one).name));
  const hostPaths = asList(pod.volumes)
    .map(asPlain)
    .filter(({ name, hostPath }) => hostPath !== undefined && mounted.has(name));
  return {
    root:
      effective('runAsUser') === 0
        ? 'runAsUser 0'
        : effective('runAsNonRoot') === true
          ? undefined
          : 'no runAsNonRoot: true',
    isRootReadOnly: inner.readOnlyRootFilesystem === true,
    widened: [
      ...(inner.privileged === true ? ['privileged'] : []),
      ...(inner.allowPrivilegeEscalation === false ? [] : ['new privileges']),
      ...asTexts(add).map((one) => `capability ${one}`),
      ...(asTexts(drop).some((one) => /^(CAP_)?ALL$/i.test(one)) ? [] : ['capabilities that are not dropped']),
      ...(seccomp === 'Unconfined' ? ['seccomp Unconfined'] : []),
      ...['hostPID', 'hostIPC', 'hostNetwork'].filter((key) => pod[key] === true),
      ...hostPaths.map(({ hostPath }) => `folder ${asText(asPlain(hostPath).path)} of the node`),
    ],
    hasMemoryLimit: asPlain(limits).memory !== undefined,
    hasCpuLimit: asPlain(limits).cpu !== undefined,
  };
}
