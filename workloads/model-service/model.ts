import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { messageOf } from '../../errors';
import { type Artefact, refusal } from './artefact';

/** A loaded model. `predict` takes the features in the model's order and gives the confidence, 0..1. */
export interface Model {
  predict(features: readonly number[]): Promise<number>;
}

/**
 * Loads a model into the runtime and asks it once, so that a file that loads but cannot answer is found at start.
 * @throws CutoverError `model_unreadable`
 */
export async function loadModel({ bytes, metadata }: Artefact): Promise<Model> {
  // One thread: the models are tiny, and threads would cost more than they bring.
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  try {
    const session = await InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    const model = { predict: (features: readonly number[]) => predict(session, features) };
    await model.predict(metadata.featureNames.map((name) => metadata.neutralValues[name]!));
    return model;
  } catch (error) {
    throw refusal('model_unreadable', 'the model file cannot be loaded', [messageOf(error)]);
  }
}

async function predict(session: InferenceSession, features: readonly number[]): Promise<number> {
  const input = new Tensor('float32', Float32Array.from(features), [1, features.length]);
  const output = await session.run({ features: input });
  const confidence = Number(output.confidence?.data[0]);
  if (!(confidence >= 0 && confidence <= 1))
    throw new Error(`the model's output "confidence" must be from 0 to 1, received ${confidence}`);
  return confidence;
}
