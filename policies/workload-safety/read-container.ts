import { labelNames } from '../../platforms/docker/names';
import type { Plain } from '../read-inputs';
import { asList, asPlain, asText, asTexts, type Mount, shippedWorkload, type Unit, type Walls } from './unit';

export const containerType = 'docker:index/container:Container';

/** A container as `@pulumi/docker` is given it. */
export function readContainer(name: string, props: Plain): Unit {
  const environment = asTexts(props.envs).map((entry) => {
    const equals = entry.indexOf('=');
    return equals < 0
      ? { name: entry, value: undefined }
      : { name: entry.slice(0, equals), value: entry.slice(equals + 1) };
  });
  const readVariable = (variable: string) => environment.findLast((one) => one.name === variable)?.value;
  const labels = Object.fromEntries(
    asList(props.labels).map((one) => [asText(asPlain(one).label), asText(asPlain(one).value)]),
  );
  const words = [...asTexts(props.entrypoints), ...asTexts(props.command)];
  const mounts = mountsOf(props);
  return {
    platform: 'docker',
    name: asText(props.name) || name,
    stack: labels[labelNames.stack] || readVariable('CUTOVER_STACK'),
    workload: labels[labelNames.workload] || readVariable('CUTOVER_WORKLOAD') || shippedWorkload(words),
    image: asText(props.image),
    words,
    environment,
    secrets: mounts.filter(({ kind }) => kind === 'given').map(({ source }) => source.split('/').at(-1) ?? ''),
    mounts,
    published: publishedBy(props),
    hasHealthCheck: asTexts(asPlain(props.healthcheck).tests).some((word) => word !== 'NONE' && word !== ''),
    walls: wallsOf(props, labels),
  };
}

function mountsOf(props: Plain): Mount[] {
  const mounts = asList(props.mounts).map((one): Mount => {
    const { type, source, target, readOnly } = asPlain(one);
    const [from, to] = [asText(source), asText(target)];
    // A volume without a name is another one each time.
    if (type === 'tmpfs' || from === '') return { kind: 'temporary', source: from, target: to };
    return { kind: type === 'bind' && readOnly === true ? 'given' : 'kept', source: from, target: to };
  });
  const volumes = asList(props.volumes).map((one): Mount => {
    const { hostPath, volumeName, containerPath, readOnly } = asPlain(one);
    const [folder, volume] = [asText(hostPath), asText(volumeName)];
    const kind = folder === '' && volume === '' ? 'temporary' : folder !== '' && readOnly === true ? 'given' : 'kept';
    return { kind, source: folder || volume, target: asText(containerPath) };
  });
  const inMemory = Object.keys(asPlain(props.tmpfs)).map(
    (target): Mount => ({ kind: 'temporary', source: '', target }),
  );
  return [...inMemory, ...mounts, ...volumes];
}

function publishedBy(props: Plain): Unit['published'] {
  const ports = asList(props.ports).map((one) => {
    const { ip, external, internal } = asPlain(one);
    return { port: String(external ?? internal ?? ''), address: asText(ip) || '0.0.0.0' };
  });
  if (props.networkMode === 'host') ports.push({ port: 'every port', address: 'the network of the host' });
  if (props.publishAllPorts === true) ports.push({ port: 'every port', address: '0.0.0.0' });
  return ports;
}

/** The container between the guardian and the daemon: its purpose is to hold the socket, and it has no network. */
const isProxy = (props: Plain, labels: Readonly<Record<string, string>>): boolean =>
  labels[labelNames.workload] === 'docker-proxy' && props.networkMode === 'none';

function wallsOf(props: Plain, labels: Readonly<Record<string, string>>): Walls {
  const user = asText(props.user).split(':')[0] ?? '';
  const { adds, drops } = asPlain(props.capabilities);
  const security = asTexts(props.securityOpts);
  const named = (what: string, value: unknown, ...harmless: string[]) =>
    asText(value) !== '' && !harmless.includes(asText(value)) ? [`${what} ${asText(value)}`] : [];
  const sockets = mountsOf(props).filter(({ source }) => /(^|\/)(docker|containerd|podman)\.sock$/.test(source));
  return {
    root:
      user === ''
        ? 'no user, so that of its image'
        : /^(0+|root)$/.test(user)
          ? `user ${asText(props.user)}`
          : undefined,
    isRootReadOnly: props.readOnly === true,
    widened: [
      ...(props.privileged === true ? ['privileged'] : []),
      ...asTexts(adds).map((one) => `capability ${one}`),
      ...(asTexts(drops).some((one) => /^(CAP_)?ALL$/i.test(one)) ? [] : ['capabilities that are not dropped']),
      ...(security.some((one) => /^no-new-privileges([:=]true)?$/.test(one)) ? [] : ['new privileges']),
      ...security.filter((one) => /unconfined|disable/.test(one)),
      ...named('processes of', props.pidMode, 'private'),
      ...named('memory shared with', props.ipcMode, 'private', 'none'),
      ...named('user namespace', props.usernsMode, 'private'),
      ...(/^(host|container:)/.test(asText(props.networkMode)) ? [`network ${asText(props.networkMode)}`] : []),
      ...asList(props.devices).map((one) => `device ${asText(asPlain(one).hostPath)}`),
      ...(isProxy(props, labels) ? [] : sockets.map(({ source }) => `socket ${source}`)),
    ],
    hasMemoryLimit: isAbove(props.memory) && Number(props.memorySwap ?? 0) >= 0,
    hasCpuLimit: isAbove(props.cpus) || isAbove(props.cpuQuota),
  };
}

const isAbove = (value: unknown): boolean => Number(value ?? 0) > 0;
