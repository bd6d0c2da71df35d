/**
 * What the types of `@pulumi/docker` do not tell: what the official provider (version 5.2.0, over the Terraform provider
 * kreuzwerker/docker) fills in, leaves as it is, and does at a change.
 */
export interface Attributes {
  /** Filled in where the program gives nothing. Values that are false, zero or empty are not. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** The same for the objects in an input. */
  readonly nestedDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Taken from the daemon where the program gives nothing: no difference then. */
  readonly computed: readonly string[];
  /** The same for what is in the objects of a list. */
  readonly computedInside: Readonly<Record<string, readonly string[]>>;
  /** A change of these is an update in place. Of every other one it is a replacement. */
  readonly updated: readonly string[];
  /** A replacement only when their number changes: the official schema does not mark what is in them. */
  readonly replacedByCount: readonly string[];
  /** Lists whose order counts; all others are sets. */
  readonly ordered: readonly string[];
  /** Where an empty input means whatever is there. */
  readonly emptyIsAny: readonly string[];
  /** Replaced by deleting first, whatever its name. */
  readonly deleteFirst: boolean;
  /** Known inputs that this stand-in does not apply. */
  readonly unsupported: readonly string[];
}

const none: Attributes = {
  defaults: {},
  nestedDefaults: {},
  computed: [],
  computedInside: {},
  updated: [],
  replacedByCount: [],
  ordered: [],
  emptyIsAny: [],
  deleteFirst: false,
  unsupported: [],
};

/** What the official provider hands to the daemon in an update of a container; the daemon applies no other input. */
export const appliedByUpdate = [
  'restart',
  'maxRetryCount',
  'cpuShares',
  'memory',
  'memoryReservation',
  'cpuSet',
  'memorySwap',
];

export const containerAttributes: Attributes = {
  ...none,
  defaults: {
    containerReadRefreshTimeoutMilliseconds: 15_000,
    mustRun: true,
    networkMode: 'bridge',
    removeVolumes: true,
    restart: 'no',
    start: true,
    waitTimeout: 60,
  },
  nestedDefaults: {
    healthcheck: { interval: '0s', startInterval: '0s', startPeriod: '0s', timeout: '0s' },
    ports: { ip: '0.0.0.0', protocol: 'tcp' },
  },
  computed: [
    ...['command', 'entrypoints', 'envs', 'healthcheck', 'hostname', 'init', 'ipcMode', 'labels', 'logDriver'],
    ...['platform', 'runtime', 'securityOpts', 'shmSize', 'stopSignal', 'stopTimeout'],
  ],
  computedInside: { ports: ['external'] },
  updated: [
    ...appliedByUpdate,
    ...['rm', 'start', 'wait', 'waitTimeout', 'attach', 'logs', 'mustRun', 'removeVolumes', 'destroyGraceSeconds'],
    ...['tmpfs', 'healthcheck', 'init', 'cpuPeriod', 'cpuQuota', 'containerReadRefreshTimeoutMilliseconds'],
  ],
  replacedByCount: ['mounts'],
  ordered: ['command', 'entrypoints', 'ports', 'tests'],
  emptyIsAny: ['user', 'workingDir'],
  deleteFirst: true,
  unsupported: [
    ...['attach', 'logs', 'devices', 'deviceCgroupRules', 'deviceRequests', 'gpus', 'uploads', 'platform', 'runtime'],
    ...['deviceReadBps', 'deviceReadIops', 'deviceWriteBps', 'deviceWriteIops', 'cgroupParent', 'cgroupnsMode'],
    ...['storageOpts', 'networksAdvanced[].driverOpts', 'networksAdvanced[].gwPriority'],
    ...['networksAdvanced[].linkLocalIps', 'networksAdvanced[].macAddress', 'volumes[].selinuxRelabel'],
    ...['mounts[].volumeOptions', 'healthcheck.startInterval'],
  ],
};

export const networkAttributes: Attributes = {
  ...none,
  defaults: { ipamDriver: 'default' },
  computed: ['driver', 'options', 'internal', 'ipamConfigs'],
};

export const volumeAttributes: Attributes = {
  ...none,
  computed: ['driver'],
  unsupported: ['cluster'],
};
