import { randomBytes } from 'node:crypto';
import { digestBytes } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { StackFolder } from '../process/home';

/** A container's name: one of a kind on its daemon, so that two stacks do not meet and nothing runs twice. */
export const containerName = (stack: string, workload: string): string => `cutover-${stack}-${workload}`;

/** The labels by which a stack's containers, networks and volumes are known. */
export const labelNames = { stack: 'cutover.stack', workload: 'cutover.workload' } as const;

/**
 * The networks of a stack. `inner` has no way out: its bridge does not masquerade. It is no `internal` network, since
 * those publish no ports. Only the gateway and the simulated venue, which stands for a party outside, are on `outer`.
 */
export const networkNames = (stack: string) =>
  ({ inner: `cutover-${stack}-inner`, outer: `cutover-${stack}-outer` }) as const;

/** The networks of each workload. */
export function networksOf(workload: WorkloadName, stack: string): string[] {
  const { inner, outer } = networkNames(stack);
  if (workload === 'simulated-venue') return [outer];
  return workload === 'gateway' ? [inner, outer] : [inner];
}

/** The container of ours that stands between the guardian and the daemon's socket. */
export const proxyName = 'docker-proxy';

/** Everything of a stack that may carry the names above. */
export const containerNames = (stack: string): string[] =>
  [...workloadNames, proxyName].map((name) => containerName(stack, name));

/** Tells volumes apart of stacks of the same name: the daemon would give the second one what the first one has. */
const mark = ({ home }: StackFolder): string => digestBytes(home).slice(-8);

/** The named volume of a workload's data or logs, over a folder of the stack's home; it outlives every container. */
export const volumeName = (folder: StackFolder, workload: string, what: 'data' | 'logs'): string =>
  `${containerName(folder.stack, workload)}-${what}-${mark(folder)}`;

/** The volume in memory of the filtering proxy's own socket, which only the guardian shares. */
export const proxyVolume = (folder: StackFolder): string => `${containerName(folder.stack, proxyName)}-${mark(folder)}`;

/** Every volume of a stack. */
export const volumeNames = (folder: StackFolder): string[] => [
  ...workloadNames.flatMap((name) => [volumeName(folder, name, 'data'), volumeName(folder, name, 'logs')]),
  proxyVolume(folder),
];

/** Where that volume is inside containers: short, since the path of a socket may have no more than 107 bytes. */
export const proxyFolder = '/run/cutover';
export const proxySocket = `${proxyFolder}/docker.sock`;

/** Where programs are in the image of the shipped workloads. */
export const imageNode = '/usr/local/bin/node';
export const imageDir = '/cutover';

/** The words that start a shipped program in that image. */
export const shippedCommand = (entry: string, ...args: string[]): string[] => [
  imageNode,
  `${imageDir}/dist/${entry}.js`,
  ...args,
];

/** A name for a container of ours that runs for a moment. */
export const carrierName = (stack: string): string =>
  `${containerName(stack, 'carrier')}-${randomBytes(6).toString('hex')}`;

/** Whether a name is one of those. */
export const isCarrierName = (name: string, stack: string): boolean =>
  name.startsWith(`${containerName(stack, 'carrier')}-`) && /-carrier-[0-9a-f]{12}$/.test(name);
