import { readFileSync } from 'node:fs';
import type { PostureInputs } from '../platforms/posture-inputs';
import { writeAtomically } from '../platforms/process/atomic-file';
import { postureFile } from '../platforms/process/home';
import type { Posture } from '../posture/posture';
import type { ResourceHandler } from './resource-handler';

/**
 * The stack's posture. `check` adds what the engine's state says was deployed before as `previous`, which is how a
 * policy gets to see both sides of a transition; a program that declares `previous` itself is overruled.
 */
export const postureResource: ResourceHandler = {
  async check(olds, news) {
    const inputs = inputsOf(news);
    const deployed = olds.posture === undefined ? {} : { previous: olds.posture };
    return { inputs: { ...inputs, ...deployed }, failures: [] };
  },

  async diff(properties, news) {
    // Not `previous`: it always differs after a change, and is no change of its own.
    return { changes: inputsOf(properties).digest !== inputsOf(news).digest };
  },

  async create(news) {
    return { id: inputsOf(news).stack, outs: write(inputsOf(news)) };
  },

  async read(id, properties) {
    const inputs = inputsOf(properties);
    return { id, props: { ...inputs, digest: readDigest(inputs) } };
  },

  async update(news) {
    return { outs: write(inputsOf(news)) };
  },

  async delete() {
    // The file says what was declared last, and stays as a record of it.
  },
};

function write(inputs: PostureInputs): PostureInputs {
  writeAtomically(
    postureFile(inputs),
    `${JSON.stringify({ digest: inputs.digest, posture: inputs.posture }, null, 2)}\n`,
  );
  return inputs;
}

function readDigest(inputs: PostureInputs): string {
  try {
    return String((JSON.parse(readFileSync(postureFile(inputs), 'utf8')) as { digest: unknown }).digest);
  } catch {
    return ''; // gone or garbled: drift, which the next update repairs
  }
}

function inputsOf(source: Record<string, unknown>): PostureInputs {
  const { previous: _, ...inputs } = source as unknown as PostureInputs & { previous?: Posture };
  return inputs;
}
