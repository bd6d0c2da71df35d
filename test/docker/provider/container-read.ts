import type Dockerode from 'dockerode';
import type { Properties } from './check';
import type { ContainerInputs } from './container-inputs';
import { formatDuration } from './duration';

const mebibyte = 1024 * 1024;

/**
 * The state of a container as the official provider reads it back: most settings from the daemon, environment, labels,
 * networks and volumes as they were declared. Pure.
 * @param prior the state so far, or the inputs it was created with
 */
export function stateOf(found: Dockerode.ContainerInspectInfo, prior: Properties): Properties {
  const declared = prior as unknown as ContainerInputs;
  // The client's types leave out some of what the daemon answers.
  const host = found.HostConfig as Dockerode.HostConfig & Record<string, unknown>;
  const config = found.Config as typeof found.Config & Record<string, unknown>;
  const running = found.State.Running;
  return {
    ...prior,
    name: found.Name.replace(/^\//, ''),
    image: declared.image.startsWith('sha256:') ? found.Image : config.Image,
    // What says that a container is stopped that should run: the next update starts it.
    mustRun: running ? declared.mustRun : false,
    ...(running ? {} : { exitCode: found.State.ExitCode }),
    ...(declared.ports && (running || declared.mustRun) ? { ports: portsOf(found.NetworkSettings.Ports) } : {}),
    networkDatas: networksOf(found.NetworkSettings.Networks),
    bridge: (found.NetworkSettings as { Bridge?: string }).Bridge,
    rm: host.AutoRemove,
    readOnly: host.ReadonlyRootfs,
    hostname: config.Hostname,
    domainname: config.Domainname,
    command: config.Cmd,
    entrypoints: config.Entrypoint,
    user: config.User,
    workingDir: config.WorkingDir,
    dns: host.Dns,
    dnsOpts: host.DnsOptions,
    dnsSearches: host.DnsSearch,
    securityOpts: host.SecurityOpt,
    publishAllPorts: host.PublishAllPorts,
    restart: host.RestartPolicy?.Name,
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount,
    init: host.Init ?? false,
    ...(host.CapAdd || host.CapDrop ? { capabilities: { adds: host.CapAdd, drops: host.CapDrop } } : {}),
    runtime: host.Runtime,
    platform: found.Platform,
    mounts: host.Mounts?.map(mountOf),
    tmpfs: host.Tmpfs,
    hosts: host.ExtraHosts?.map((line: string) => ({ host: line.split(':')[0], ip: line.split(':')[1] })),
    ...(declared.ulimits
      ? { ulimits: host.Ulimits?.map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })) }
      : {}),
    privileged: host.Privileged,
    memory: mebibytes(host.Memory),
    memoryReservation: mebibytes(host.MemoryReservation),
    memorySwap: mebibytes(host.MemorySwap),
    shmSize: mebibytes(host.ShmSize),
    ...(host.NanoCpus ? { cpus: decimal(host.NanoCpus) } : {}),
    cpuShares: host.CpuShares,
    cpuSet: host.CpusetCpus,
    logDriver: host.LogConfig?.Type,
    logOpts: declared.logOpts ? host.LogConfig?.Config : undefined,
    networkMode: host.NetworkMode,
    ...(declared.pidMode ? { pidMode: host.PidMode } : {}),
    usernsMode: host.UsernsMode,
    ...(config.Healthcheck ? { healthcheck: healthcheckOf(config.Healthcheck) } : {}),
    sysctls: host.Sysctls,
    ipcMode: host.IpcMode,
    groupAdds: host.GroupAdd,
    tty: config.Tty,
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal,
    stopTimeout: config.StopTimeout,
  };
}

function portsOf(ports: Dockerode.ContainerInspectInfo['NetworkSettings']['Ports'] | undefined) {
  const keys = Object.keys(ports ?? {}).sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10));
  return keys.flatMap((key) => {
    const [internal, protocol] = key.split('/');
    return (ports?.[key] ?? []).map(({ HostIp, HostPort }) => ({
      internal: Number(internal),
      external: Number(HostPort),
      ip: HostIp,
      protocol,
    }));
  });
}

function networksOf(networks: Dockerode.ContainerInspectInfo['NetworkSettings']['Networks']) {
  return Object.entries(networks).map(([networkName, { IPAddress, IPPrefixLen, Gateway, MacAddress }]) => ({
    networkName,
    ipAddress: IPAddress,
    ipPrefixLength: IPPrefixLen,
    gateway: Gateway,
    macAddress: MacAddress,
  }));
}

function mountOf(mount: Dockerode.MountSettings) {
  const { BindOptions, TmpfsOptions } = mount;
  return {
    target: mount.Target,
    source: mount.Source,
    type: mount.Type,
    readOnly: mount.ReadOnly,
    bindOptions: BindOptions && { propagation: BindOptions.Propagation },
    tmpfsOptions: TmpfsOptions && { sizeBytes: TmpfsOptions.SizeBytes, mode: TmpfsOptions.Mode },
  };
}

function healthcheckOf(check: Dockerode.HealthConfig) {
  return {
    tests: check.Test,
    interval: formatDuration(check.Interval ?? 0),
    timeout: formatDuration(check.Timeout ?? 0),
    startPeriod: formatDuration(check.StartPeriod ?? 0),
    startInterval: '0s',
    retries: check.Retries,
  };
}

/** -1, for no limit, stays as it is. */
const mebibytes = (bytes: number | undefined) => (bytes && bytes > 0 ? Math.floor(bytes / mebibyte) : bytes);

/** A number of CPUs as it is read back: `1` comes back as `1.0`, which is then another one than was declared. */
function decimal(nano: number): string {
  const digits = (nano / 1e9).toFixed(9);
  return digits.match(/0/g)?.length === 9 ? (nano / 1e9).toFixed(1) : digits.replace(/0+$/, '');
}
