import { mkdirSync, rmSync } from 'node:fs';
import type { V1ObjectMeta } from '@kubernetes/client-node';
import { findApiServers } from '../platforms/kubernetes/api-servers';
import { type Cluster, orAbsent } from '../platforms/kubernetes/client';
import { kubernetesRecordFile, labelNames } from '../platforms/kubernetes/names';
import { type KubernetesRecord, readKubernetesRecord } from '../platforms/kubernetes/record';
import { writeAtomically } from '../platforms/process/atomic-file';
import { declaredDir } from '../platforms/process/home';
import type { ClusterRecordInputs } from '../platforms/resource-types';
import { digestOf } from '../posture/digest';
import { clusterInputsOf, connectTo } from './cluster-inputs';
import type { ResourceHandler } from './resource-handler';

/**
 * The record of where a stack was brought up: written before anything else, so that a halt finds its way also when the
 * rest was never reached. It stands against an `up` elsewhere, which would leave what runs where nobody looks. Its output
 * `apiServers` is where the API server answers.
 */
export const clusterRecordResource: ResourceHandler = {
  async check(_olds, news) {
    const inputs = inputsOf(news);
    const record = readKubernetesRecord(inputs);
    const failures = record ? describeMove(record, inputs) : [];
    return { inputs, failures };
  },

  async diff(properties, news) {
    return { changes: digestOf(inputsOf(properties)) !== digestOf(inputsOf(news)) || properties.whole !== true };
  },

  async create(news) {
    return { id: inputsOf(news).stack, outs: await make(inputsOf(news)) };
  },

  async read(id, properties) {
    const inputs = inputsOf(properties);
    const record = readKubernetesRecord(inputs);
    const whole = record !== undefined && digestOf(record) === digestOf(recordOf(inputs));
    return { id, props: { ...properties, apiServers: await findApiServers(await connectTo(inputs)), whole } };
  },

  async update(news) {
    return { outs: await make(inputsOf(news)) };
  },

  async delete(properties) {
    // What is retained in the cluster stays; the stack is no longer there.
    rmSync(kubernetesRecordFile(inputsOf(properties)), { force: true });
  },
};

async function make(inputs: ClusterRecordInputs): Promise<ClusterRecordInputs & { apiServers: string[]; whole: true }> {
  // A cluster that does not answer, or a namespace of others, is found out before anything says that the stack is there.
  const cluster = await connectTo(inputs);
  await refuseOthers(cluster, inputs);
  const apiServers = await findApiServers(cluster);
  mkdirSync(declaredDir(inputs), { recursive: true });
  writeAtomically(kubernetesRecordFile(inputs), `${JSON.stringify(recordOf(inputs), null, 2)}\n`);
  return { ...inputs, apiServers, whole: true };
}

/** What is created in a namespace takes over what is there by the same name. @throws Error where that is not the stack's */
async function refuseOthers(cluster: Cluster, { stack, namespace }: ClusterRecordInputs): Promise<void> {
  const found = await orAbsent(cluster.json<{ metadata: V1ObjectMeta }>('GET', `/api/v1/namespaces/${namespace}`));
  const owner = found?.metadata.labels?.[labelNames.stack];
  if (found && owner !== stack) {
    const whose = owner === undefined ? 'is not one of Cutover' : `is that of stack ${owner}`;
    throw new Error(
      `expected namespace ${namespace} to be free for stack ${stack}, but it ${whose}; set cutover:kubernetes.namespace to another`,
    );
  }
}

const recordOf = ({ context, namespace, ports }: ClusterRecordInputs): KubernetesRecord => ({
  platform: 'kubernetes',
  ...(context === undefined ? {} : { context }),
  namespace,
  ports,
});

/** Why a stack cannot be brought up here: it is elsewhere. */
function describeMove(record: KubernetesRecord, inputs: ClusterRecordInputs): { property: string; reason: string }[] {
  return (['context', 'namespace'] as const)
    .filter((property) => record[property] !== inputs[property])
    .map((property) => ({
      property,
      reason: `expected the ${property} ${record[property] ?? 'that is current'}, where the stack was brought up, received ${inputs[property] ?? 'none'}; set cutover:kubernetes.${property}, or take the stack down first`,
    }));
}

/** The inputs alone, out of inputs or state. */
function inputsOf(source: Record<string, unknown>): ClusterRecordInputs {
  const { home, ports } = source as unknown as ClusterRecordInputs;
  return { ...clusterInputsOf(source), home, ports };
}
