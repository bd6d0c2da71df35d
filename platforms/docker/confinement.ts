import type Docker from 'dockerode';

/**
 * What a container is let do beyond its command and environment: part of the posture as an opaque value, so that a
 * container with one more mount, network or capability is another posture. Lists are sorted.
 */
export interface Confinement {
  readonly user: string;
  readonly readOnly: boolean;
  /** `type:source:target:rw|ro`; of a volume its name. */
  readonly mounts: readonly string[];
  readonly networks: readonly string[];
  readonly dropped: readonly string[];
  readonly added: readonly string[];
  readonly security: readonly string[];
  readonly groups: readonly string[];
  /** Whatever else widens what it may do; empty for ours. */
  readonly wider: readonly string[];
}

/** The confinement of a container that runs, as the daemon tells it. */
export function readConfinement(found: Docker.ContainerInspectInfo): Confinement {
  const { HostConfig: host, Config: config } = found;
  const wider = [
    ...(host.Privileged ? ['privileged'] : []),
    ...named('pid', host.PidMode),
    ...named('user namespace', host.UsernsMode),
    ...named('ipc', host.IpcMode === 'private' || host.IpcMode === 'shareable' ? '' : host.IpcMode),
    ...(host.NetworkMode === 'host' || host.NetworkMode?.startsWith('container:')
      ? [`network ${host.NetworkMode}`]
      : []),
    ...((host.Devices ?? []) as Docker.DeviceMapping[]).map(({ PathOnHost: device }) => `device ${device}`),
    ...named('entrypoint', [config.Entrypoint ?? []].flat().join(' ')),
    // Whoever says which address a name has says where orders go.
    ...(host.ExtraHosts ?? []).map((entry: string) => `host ${entry}`),
    ...(host.Dns ?? []).map((entry: string) => `dns ${entry}`),
    ...(host.VolumesFrom ?? []).map((entry: string) => `volumes from ${entry}`),
    ...named('runtime', host.Runtime === 'runc' ? '' : host.Runtime),
  ];
  return {
    user: config.User,
    readOnly: host.ReadonlyRootfs === true,
    mounts: (found.Mounts ?? [])
      .filter(({ Type: type }) => type !== 'tmpfs')
      .map(({ Type: type, Name: name, Source: source, Destination: target, RW: writable }) =>
        describeMount({ type, source: type === 'volume' ? name : source, target, readOnly: !writable }),
      )
      .sort(),
    networks: Object.keys(found.NetworkSettings.Networks).sort(),
    dropped: capabilities(host.CapDrop),
    added: capabilities(host.CapAdd),
    security: [...(host.SecurityOpt ?? [])].sort(),
    groups: [...(host.GroupAdd ?? [])].map(String).sort(),
    wider,
  };
}

/** A mount as a confinement names it. */
export function describeMount(mount: {
  readonly type: string;
  readonly source?: string | undefined;
  readonly target: string;
  readonly readOnly?: boolean | undefined;
}): string {
  return `${mount.type}:${mount.source ?? ''}:${mount.target}:${mount.readOnly ? 'ro' : 'rw'}`;
}

/** Capabilities by one spelling: daemons answer with and without the prefix. */
export function capabilities(names: readonly string[] | null | undefined): string[] {
  return (names ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, '')).sort();
}

const named = (what: string, value: string | null | undefined): string[] => (value ? [`${what} ${value}`] : []);
