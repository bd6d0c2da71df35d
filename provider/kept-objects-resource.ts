import { ensureKept, isKept } from '../platforms/kubernetes/kept-objects';
import type { ClusterInputs } from '../platforms/resource-types';
import { digestOf } from '../posture/digest';
import { clusterInputsOf, connectTo } from './cluster-inputs';
import type { ResourceHandler } from './resource-handler';

/** What is made once in a stack's namespace and kept: its Secret, and the parameter of its admission policy. */
export const keptObjectsResource: ResourceHandler = {
  async check(_olds, news) {
    return { inputs: clusterInputsOf(news), failures: [] };
  },

  async diff(properties, news) {
    const isMoved = digestOf(clusterInputsOf(properties)) !== digestOf(clusterInputsOf(news));
    return { changes: isMoved || properties.whole !== true };
  },

  async create(news) {
    return { id: clusterInputsOf(news).stack, outs: await make(clusterInputsOf(news)) };
  },

  async read(id, properties) {
    const inputs = clusterInputsOf(properties);
    return { id, props: { ...properties, whole: await isKept(await connectTo(inputs), inputs) } };
  },

  async update(news) {
    return { outs: await make(clusterInputsOf(news)) };
  },

  async delete() {
    // Kept, as all data is: the next `up` finds the same keys.
  },
};

async function make(inputs: ClusterInputs): Promise<ClusterInputs & { whole: true }> {
  await ensureKept(await connectTo(inputs), inputs);
  return { ...inputs, whole: true };
}
