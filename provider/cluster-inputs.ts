import { type Cluster, connect } from '../platforms/kubernetes/client';
import type { ClusterInputs } from '../platforms/resource-types';

/** Where a stack is in a cluster, out of inputs or state: never `undefined`, which the engine cannot carry. */
export function clusterInputsOf(source: Record<string, unknown>): ClusterInputs {
  const { stack, context, namespace } = source as unknown as ClusterInputs;
  return { stack, namespace, ...(context === undefined ? {} : { context }) };
}

/** @throws Error that says why the cluster cannot be spoken to */
export const connectTo = ({ context }: ClusterInputs): Promise<Cluster> => connect({ kind: 'context', context });
