import { showFiles } from '../platforms/kubernetes/show-files';
import type { ShownFilesInputs } from '../platforms/resource-types';
import { digestOf } from '../posture/digest';
import { clusterInputsOf, connectTo } from './cluster-inputs';
import type { ResourceHandler } from './resource-handler';

/** What running pods were shown last of the files that change under them. */
export const shownFilesResource: ResourceHandler = {
  async check(_olds, news) {
    return { inputs: inputsOf(news), failures: [] };
  },

  async diff(properties, news) {
    return { changes: digestOf(inputsOf(properties)) !== digestOf(inputsOf(news)) };
  },

  async create(news) {
    return { id: inputsOf(news).stack, outs: await show(inputsOf(news)) };
  },

  async read(id, properties) {
    return { id, props: properties };
  },

  async update(news) {
    return { outs: await show(inputsOf(news)) };
  },

  async delete() {
    // The pods end with their deployments.
  },
};

async function show(inputs: ShownFilesInputs): Promise<ShownFilesInputs> {
  await showFiles(await connectTo(inputs), inputs.namespace, inputs.digest);
  return inputs;
}

/** The inputs alone, out of inputs or state. */
function inputsOf(source: Record<string, unknown>): ShownFilesInputs {
  return { ...clusterInputsOf(source), digest: String(source.digest) };
}
