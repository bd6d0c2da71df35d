import path from 'node:path';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { type StackFolder, stackDir } from '../process/home';

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

/** The folder of the filtering proxy's own socket, which only the guardian shares. */
export const proxyFolder = (folder: StackFolder): string => path.join(stackDir(folder), proxyName);
export const proxySocket = (folder: StackFolder): string => path.join(proxyFolder(folder), 'docker.sock');
