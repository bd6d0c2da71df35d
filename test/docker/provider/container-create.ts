import type Dockerode from 'dockerode';
import type { Attachment, ContainerInputs, Healthcheck, Mount, Port, VolumeMount } from './container-inputs';
import { parseDuration } from './duration';

const mebibyte = 1024 * 1024;

/** The inputs of a container as the daemon takes them at its creation. Pure. */
export function createOptions(inputs: ContainerInputs): Dockerode.ContainerCreateOptions {
  const ports = inputs.ports ?? [];
  return compact({
    name: inputs.name,
    Image: inputs.image,
    Hostname: inputs.hostname,
    Domainname: inputs.domainname,
    Tty: inputs.tty,
    OpenStdin: inputs.stdinOpen,
    StopSignal: inputs.stopSignal,
    StopTimeout: inputs.stopTimeout,
    Env: inputs.envs,
    Cmd: inputs.command,
    Entrypoint: inputs.entrypoints,
    User: inputs.user,
    WorkingDir: inputs.workingDir,
    Labels: labelMap(inputs.labels),
    Healthcheck: inputs.healthcheck && healthConfig(inputs.healthcheck),
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    HostConfig: hostConfig(inputs),
  });
}

export const labelMap = (labels: ContainerInputs['labels']) =>
  Object.fromEntries((labels ?? []).map(({ label, value }) => [label, value]));

/** What an update hands to the daemon: these settings and no others. Pure. */
export function updateOptions(inputs: ContainerInputs): Record<string, unknown> {
  return compact({
    CpuShares: inputs.cpuShares ?? 0,
    Memory: (inputs.memory ?? 0) * mebibyte,
    MemoryReservation: (inputs.memoryReservation ?? 0) * mebibyte,
    MemorySwap: swapBytes(inputs.memorySwap),
    CpusetCpus: inputs.cpuSet ?? '',
    RestartPolicy: { Name: inputs.restart, MaximumRetryCount: inputs.maxRetryCount ?? 0 },
  });
}

/** The settings of a container in one network. Pure. */
export function endpointOf({ aliases, ipv4Address, ipv6Address }: Attachment): Record<string, unknown> {
  return { Aliases: aliases ?? [], IPAMConfig: compact({ IPv4Address: ipv4Address, IPv6Address: ipv6Address }) };
}

function hostConfig(inputs: ContainerInputs): Dockerode.HostConfig {
  return compact({
    Privileged: inputs.privileged,
    PublishAllPorts: inputs.publishAllPorts,
    RestartPolicy: { Name: inputs.restart ?? 'no', MaximumRetryCount: inputs.maxRetryCount ?? 0 },
    Mounts: inputs.mounts?.map(mountOf),
    Binds: inputs.volumes?.flatMap(bindOf),
    VolumesFrom: inputs.volumes?.flatMap(({ fromContainer }) => fromContainer ?? []),
    AutoRemove: inputs.rm,
    ReadonlyRootfs: inputs.readOnly,
    LogConfig: compact({ Type: inputs.logDriver ?? '', Config: inputs.logOpts }),
    Tmpfs: inputs.tmpfs,
    PortBindings: bindingsOf(inputs.ports ?? []),
    ExtraHosts: inputs.hosts?.map(({ host, ip }) => `${host}:${ip}`),
    Ulimits: inputs.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    CapAdd: inputs.capabilities?.adds,
    CapDrop: inputs.capabilities?.drops,
    Dns: inputs.dns,
    DnsOptions: inputs.dnsOpts,
    DnsSearch: inputs.dnsSearches,
    SecurityOpt: inputs.securityOpts,
    Memory: inputs.memory && inputs.memory * mebibyte,
    MemoryReservation: inputs.memoryReservation && inputs.memoryReservation * mebibyte,
    MemorySwap: swapBytes(inputs.memorySwap),
    ShmSize: inputs.shmSize && inputs.shmSize * mebibyte,
    ...(inputs.cpus
      ? { NanoCpus: Math.round(Number(inputs.cpus) * 1e9) }
      : { CpuPeriod: inputs.cpuPeriod, CpuQuota: inputs.cpuQuota }),
    CpuShares: inputs.cpuShares,
    CpusetCpus: inputs.cpuSet,
    NetworkMode: inputs.networkMode,
    UsernsMode: inputs.usernsMode,
    PidMode: inputs.pidMode,
    Sysctls: inputs.sysctls,
    IpcMode: inputs.ipcMode,
    GroupAdd: inputs.groupAdds,
    // Never left to the daemon's own default.
    Init: inputs.init ?? false,
  });
}

function healthConfig(check: Healthcheck): Dockerode.HealthConfig {
  return compact({
    Test: check.tests,
    Interval: parseDuration(check.interval ?? '0s'),
    Timeout: parseDuration(check.timeout ?? '0s'),
    StartPeriod: parseDuration(check.startPeriod ?? '0s'),
    Retries: check.retries,
  });
}

function mountOf({ type, target, source, readOnly, bindOptions, tmpfsOptions }: Mount): Dockerode.MountConfig[number] {
  return compact({
    Type: type,
    Target: target,
    Source: source ?? '',
    ReadOnly: readOnly ?? false,
    BindOptions: bindOptions && { Propagation: bindOptions.propagation },
    TmpfsOptions: tmpfsOptions && { SizeBytes: tmpfsOptions.sizeBytes, Mode: tmpfsOptions.mode },
  }) as Dockerode.MountConfig[number];
}

function bindOf({ containerPath, hostPath, volumeName, readOnly }: VolumeMount): string[] {
  const source = hostPath ?? volumeName;
  return containerPath && source ? [`${source}:${containerPath}:${readOnly ? 'ro' : 'rw'}`] : [];
}

function bindingsOf(ports: readonly Port[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const binding = { HostIp: port.ip ?? '', HostPort: port.external ? String(port.external) : '' };
    bindings[portKey(port)] = [...(bindings[portKey(port)] ?? []), binding];
  }
  return bindings;
}

const portKey = ({ internal, protocol }: Port): string => `${internal}/${protocol ?? 'tcp'}`;

const swapBytes = (swap: number | undefined) => (swap && swap > 0 ? swap * mebibyte : swap);

/** Without what is undefined: the types of the client tell "not given" from "undefined". */
// biome-ignore lint/suspicious/noExplicitAny: every caller names the type that it makes
function compact(value: Record<string, unknown>): any {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
