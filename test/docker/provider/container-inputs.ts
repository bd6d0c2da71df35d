/** The inputs of a container that the stand-in applies, named as in `@pulumi/docker`. */
export interface ContainerInputs {
  readonly name: string;
  readonly image: string;
  readonly capabilities?: { readonly adds?: string[]; readonly drops?: string[] };
  readonly command?: string[];
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuSet?: string;
  readonly cpuShares?: number;
  readonly cpus?: string;
  readonly destroyGraceSeconds?: number;
  readonly dns?: string[];
  readonly dnsOpts?: string[];
  readonly dnsSearches?: string[];
  readonly domainname?: string;
  readonly entrypoints?: string[];
  readonly envs?: string[];
  readonly groupAdds?: string[];
  readonly healthcheck?: Healthcheck;
  readonly hostname?: string;
  readonly hosts?: { readonly host: string; readonly ip: string }[];
  readonly init?: boolean;
  readonly ipcMode?: string;
  readonly labels?: { readonly label: string; readonly value: string }[];
  readonly logDriver?: string;
  readonly logOpts?: Record<string, string>;
  readonly maxRetryCount?: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly memorySwap?: number;
  readonly mounts?: Mount[];
  readonly mustRun?: boolean;
  readonly networkMode?: string;
  readonly networksAdvanced?: Attachment[];
  readonly pidMode?: string;
  readonly ports?: Port[];
  readonly privileged?: boolean;
  readonly publishAllPorts?: boolean;
  readonly readOnly?: boolean;
  readonly removeVolumes?: boolean;
  readonly restart?: string;
  readonly rm?: boolean;
  readonly securityOpts?: string[];
  readonly shmSize?: number;
  readonly start?: boolean;
  readonly stdinOpen?: boolean;
  readonly stopSignal?: string;
  readonly stopTimeout?: number;
  readonly sysctls?: Record<string, string>;
  readonly tmpfs?: Record<string, string>;
  readonly tty?: boolean;
  readonly ulimits?: { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly user?: string;
  readonly usernsMode?: string;
  readonly volumes?: VolumeMount[];
  readonly wait?: boolean;
  readonly waitTimeout?: number;
  readonly workingDir?: string;
}

export interface Healthcheck {
  readonly tests?: string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly startPeriod?: string;
  readonly retries?: number;
}

export interface Mount {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  readonly target: string;
  readonly source?: string;
  readonly readOnly?: boolean;
  readonly bindOptions?: { readonly propagation?: string };
  readonly tmpfsOptions?: { readonly sizeBytes?: number; readonly mode?: number };
}

export interface Attachment {
  readonly name: string;
  readonly aliases?: string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
}

export interface Port {
  readonly internal: number;
  readonly external?: number;
  readonly ip?: string;
  readonly protocol?: string;
}

export interface VolumeMount {
  readonly containerPath?: string;
  readonly fromContainer?: string;
  readonly hostPath?: string;
  readonly readOnly?: boolean;
  readonly volumeName?: string;
}
