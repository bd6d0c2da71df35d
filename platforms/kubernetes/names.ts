import path from 'node:path';
import type { WorkloadName } from '../../posture/posture';
import { declaredDir, type StackFolder } from '../process/home';

/** The namespace of a stack: one stack, one namespace, so that two stacks do not meet. */
export const namespaceOf = (stack: string, own?: string): string => own ?? `cutover-${stack}`;

/** The labels by which a stack's objects are known. Deployments, Services and ServiceAccounts are named like workloads. */
export const labelNames = {
  stack: 'cutover.dev/stack',
  workload: 'cutover.dev/workload',
  /** On pods that are told a trading mode: by it the API server knows without a parameter which pods are paper. */
  mode: 'cutover.dev/mode',
} as const;

/** On a pod: what it was shown last of the files that change under it. */
export const shownAnnotation = 'cutover.dev/shown';

/** The labels of a stack's object, or of one that belongs to a workload. */
export const objectLabels = (stack: string, workload?: string): Record<string, string> => ({
  [labelNames.stack]: stack,
  ...(workload === undefined ? {} : { [labelNames.workload]: workload }),
});

/** The label of a pod that is told a trading mode; whatever is not plainly `paper` is live. */
export const modeLabel = (mode: string | undefined): Record<string, string> =>
  mode === undefined ? {} : { [labelNames.mode]: mode === 'paper' ? 'paper' : 'live' };

/** The claim of a workload's data or logs; it outlives every pod. */
export const claimName = (workload: WorkloadName, what: 'data' | 'logs'): string => `${workload}-${what}`;

/** Where things are in a pod. The same in every one; a pod has only those that its workload needs. */
export const podPaths = {
  data: '/data',
  logs: '/logs',
  secrets: '/secrets',
  declared: '/declared',
  evidence: '/evidence',
  model: '/model',
  market: '/market',
  /** The token and certificate of the API server, as the clients of Kubernetes look for them. */
  token: '/var/run/secrets/kubernetes.io/serviceaccount',
  temporary: '/tmp',
} as const;

/** Where the image of the shipped workloads has what. */
export const imagePaths = { node: '/usr/local/bin/node', code: '/cutover/dist' } as const;

export const postureFileName = 'posture.json';
export const modelFileName = 'model.onnx';
export const podPostureFile = path.posix.join(podPaths.declared, postureFileName);
export const podModelFile = path.posix.join(podPaths.model, modelFileName);
export const podSecretFile = (name: string): string => path.posix.join(podPaths.secrets, name);
export const podLogFile = (workload: WorkloadName): string => path.posix.join(podPaths.logs, `${workload}.log`);
export const podMarketFile = (symbol: string): string => path.posix.join(podPaths.market, marketKey(symbol));
/** The key of a symbol's recorded candles in the ConfigMap `market`. */
export const marketKey = (symbol: string): string => `${symbol}.csv`;

/** The Secret of a stack, and its keys. Made once in the cluster; its values pass neither config, engine nor state. */
export const secretName = 'cutover-secrets';
export const secretKeys = ['venue-key', 'venue-control-key', 'operator-token'] as const;

/** The ConfigMaps of a stack. All but `admission` hold files, are declared and change in place. */
export const configMapNames = {
  declared: 'declared',
  evidence: 'evidence',
  model: 'model',
  market: 'market',
  /** The parameter of the admission policy. Made once, shut; the guardian alone writes it, and the engine never. */
  admission: 'admission',
} as const;

/**
 * What the guardian says in the ConfigMap `admission`, as text. A live pod is admitted only where `halted` is
 * `"false"`; without the ConfigMap none is. Paper is always admitted.
 */
export const admissionKeys = {
  /** `"true"` while a halt is open, or what the ledger says cannot be told; else `"false"`. */
  halted: 'halted',
  /** For people: the digest of the posture that was granted last; `""` where there is none. */
  posture: 'posture',
} as const;

/** The parameter as it is made: shut until a guardian has said something. */
export const shutAdmission: Readonly<Record<keyof typeof admissionKeys, string>> = { halted: 'true', posture: '' };

/** Role and RoleBinding of the guardian: its rights in the namespace, and no others. */
export const guardianRole = 'guardian';

/** The cluster's own objects of a stack (admission policies and their bindings) are named after its namespace. */
export const admissionNames = (namespace: string) =>
  ({
    live: `${namespace}-live`,
    livePods: `${namespace}-live-pods`,
    liveTemplates: `${namespace}-live-templates`,
    label: `${namespace}-mode-label`,
  }) as const;

/** What the record of an `up` says: context, namespace and ports, so that verbs need no config. */
export const kubernetesRecordFile = (folder: StackFolder): string => path.join(declaredDir(folder), 'kubernetes.json');

/** The user of every pod; the image has no other, and no pod runs as root. */
export const podUser = 10_001;
