import type { Digest } from '../../posture/digest';
import type { WorkloadName } from '../../posture/posture';
import type { StackPlace, WorkloadSpec } from '../platform';
import { dataDir, logDir, secretFile } from '../process/home';
import { type Confinement, capabilities, describeMount } from './confinement';
import { containerName, labelNames, networksOf, proxyFolder, proxyVolume, volumeName } from './names';
import type { Owner } from './owner';

/** Where a stack of containers is, and as whom and from which image its containers run. */
export interface DockerPlace extends StackPlace {
  readonly owner: Owner;
  /** Id of the image of the shipped workloads. */
  readonly image: Digest;
  /** What stands before every path of a file on the daemon's host; empty where that is this machine. */
  readonly root: string;
}

/** A mount as `@pulumi/docker` takes it. */
export interface MountInputs {
  readonly type: 'bind' | 'volume';
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** The inputs of a `docker.Container`, plain JSON. Nothing secret in it: secrets are files that are mounted. */
export interface ContainerInputs {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly envs: readonly string[];
  readonly user: string;
  readonly readOnly: true;
  readonly capabilities: { readonly drops: readonly string[] };
  readonly securityOpts: readonly string[];
  readonly groupAdds?: readonly string[];
  readonly networksAdvanced: readonly { readonly name: string; readonly aliases?: readonly string[] }[];
  readonly mounts: readonly MountInputs[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly internal: number; readonly external: number; readonly ip: string }[];
  readonly healthcheck?: {
    readonly tests: readonly string[];
    readonly interval: string;
    readonly timeout: string;
    readonly startPeriod: string;
    readonly retries: number;
  };
  readonly memory: number;
  /** Memory and swap together, MiB. The same as memory: no swap; and named, since the daemon fills it in else. */
  readonly memorySwap: number;
  readonly cpus: string;
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly logDriver: string;
  readonly logOpts: Readonly<Record<string, string>>;
  readonly restart: string;
  readonly labels: readonly { readonly label: string; readonly value: string }[];
  readonly mustRun: true;
  readonly wait: boolean;
  readonly waitTimeout: number;
  readonly destroyGraceSeconds: number;
}

/** Memory of each workload, MiB: what it needs at most, generously. */
const memoryMb: Record<WorkloadName, number> = {
  'simulated-venue': 512,
  gateway: 512,
  'model-service': 768,
  backend: 512,
  orchestrator: 1024,
  guardian: 512,
};

/** Inputs whose change the provider would take for one that it can make in place, and then does not make. */
export const replacedOnChange = ['mounts', 'healthcheck', 'tmpfs'];

/** What confines every container of ours. */
export const confined = {
  readOnly: true,
  capabilities: { drops: ['ALL'] },
  securityOpts: ['no-new-privileges:true'],
  tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
  // As the daemon answers it: otherwise every `up` would see a change.
  cpus: '1.0',
  // The provider offers no limit of processes of its own; this one counts those of the user.
  ulimits: [{ name: 'nproc', soft: 1024, hard: 1024 }],
  logDriver: 'json-file',
  logOpts: { 'max-size': '10m', 'max-file': '3' },
  mustRun: true,
  waitTimeout: 180,
  destroyGraceSeconds: 10,
} as const;

/** A workload's declaration as the inputs of its container. Pure. */
export function containerInputs(
  spec: WorkloadSpec,
  place: DockerPlace,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): ContainerInputs {
  const { uid, gid } = place.owner;
  const address = `http://127.0.0.1:${spec.port}/health`;
  return {
    ...confined,
    name: containerName(place.stack, spec.name),
    image: spec.program.kind === 'command' ? (spec.program.image ?? place.image) : place.image,
    command,
    envs: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    user: `${uid}:${gid}`,
    networksAdvanced: networksOf(spec.name, place.stack).map((name) => ({ name, aliases: [spec.name] })),
    mounts: mountsOf(spec, place),
    ports: [{ internal: spec.port, external: spec.port, ip: '127.0.0.1' }],
    // Only what the shipped image holds can be asked to look. Without a check the container counts as up once it runs.
    ...(spec.program.kind === 'shipped'
      ? {
          healthcheck: {
            tests: [
              'CMD',
              command[0]!,
              '-e',
              // Not by fetch, which is half of what such a short program costs, every three seconds in each container.
              `require('node:http').get('${address}', (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`,
            ],
            interval: '3s',
            // It starts a Node.js of its own, which takes its time on a machine that is busy. A minute would come back as 1m0s.
            timeout: '10s',
            startPeriod: '50s',
            retries: 3,
          },
        }
      : {}),
    memory: memoryMb[spec.name],
    memorySwap: memoryMb[spec.name],
    // What a halt has stopped must stay so, also when the daemon starts again; the rest comes back after a crash.
    restart: spec.name === 'orchestrator' || spec.name === 'backend' ? 'no' : 'unless-stopped',
    labels: labelsOf(place.stack, spec.name),
    wait: spec.program.kind === 'shipped',
  };
}

/** The labels of one container. */
export const labelsOf = (stack: string, workload: string) => [
  { label: labelNames.stack, value: stack },
  { label: labelNames.workload, value: workload },
];

function mountsOf(spec: WorkloadSpec, place: DockerPlace): MountInputs[] {
  const own = (['data', 'logs'] as const).map((what) => ({
    type: 'volume' as const,
    source: volumeName(place, spec.name, what),
    target: what === 'data' ? dataDir(place, spec.name) : logDir(place, spec.name),
    readOnly: false,
  }));
  const files = [...new Set([...Object.values(spec.secrets).map((name) => secretFile(place, name)), ...spec.reads])];
  const bound = files.map((source) => ({
    type: 'bind' as const,
    source: `${place.root}${source}`,
    target: source,
    readOnly: true,
  }));
  const shared = { type: 'volume' as const, source: proxyVolume(place), target: proxyFolder, readOnly: true };
  return [...own, ...bound, ...(spec.name === 'guardian' ? [shared] : [])];
}

/** What a program that is not ours may ask for beyond {@link ContainerInputs}. */
interface WiderInputs {
  readonly capabilities?: { readonly adds?: readonly string[] };
  readonly privileged?: boolean;
  readonly pidMode?: string;
  readonly usernsMode?: string;
  readonly ipcMode?: string;
  readonly networkMode?: string;
  readonly runtime?: string;
  readonly entrypoints?: readonly string[];
  readonly devices?: readonly unknown[];
  readonly hosts?: readonly unknown[];
  readonly dns?: readonly string[];
  readonly volumes?: readonly unknown[];
  readonly uploads?: readonly unknown[];
  readonly deviceRequests?: readonly unknown[];
}

const widening = [
  'privileged',
  'pidMode',
  'usernsMode',
  'ipcMode',
  'networkMode',
  'runtime',
  'entrypoints',
  'devices',
  'hosts',
  'dns',
  'volumes',
  'uploads',
  'deviceRequests',
] as const;

/** What the provider fills in where nothing is asked for. */
const harmless: Readonly<Record<string, unknown>> = { networkMode: 'bridge', ipcMode: 'private', runtime: 'runc' };

/** What the inputs of a container let it do: the declared side of what is read of one that runs. */
export function declaredConfinement(inputs: ContainerInputs & WiderInputs): Confinement {
  const asked = widening.filter((name) => {
    const value = inputs[name];
    return value && (value as { length?: number }).length !== 0 && harmless[name] !== value;
  });
  return {
    user: inputs.user,
    readOnly: inputs.readOnly,
    mounts: inputs.mounts.map(describeMount).sort(),
    networks: inputs.networksAdvanced.map(({ name }) => name).sort(),
    dropped: capabilities(inputs.capabilities.drops),
    added: capabilities(inputs.capabilities.adds),
    security: [...inputs.securityOpts].sort(),
    groups: [...(inputs.groupAdds ?? [])].sort(),
    wider: asked.map((name) => `${name} ${JSON.stringify(inputs[name])}`),
  };
}
