import { fc, test } from '@fast-check/vitest';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { featureNames } from '../../../market/features';
import { forward } from '../../../workloads/model-service/network';
import { readMetadata } from '../../../workloads/model-service/onnx';
import { embeddedRun, examplesOf } from '../../../workloads/model-service/training/dataset';
import { recipeFor } from '../../../workloads/model-service/training/recipes';
import { trainModel } from '../../../workloads/model-service/training/train-model';

describe.each(['1.0.0', '1.1.0'])('model %s', (version) => {
  const { network, file, card } = trainModel(version, recipeFor(version));
  let session: InferenceSession;
  const run = async (features: readonly number[]) => {
    const { confidence } = await session.run({ features: new Tensor('float32', Float32Array.from(features), [1, 3]) });
    expect(confidence!.dims).toEqual([1, 1]);
    return confidence!.data[0] as number;
  };
  beforeAll(async () => {
    env.wasm.numThreads = 1;
    session = await InferenceSession.create(file, { executionProviders: ['wasm'] });
  });

  it('names its input and output', () => {
    expect(session.inputNames).toEqual(['features']);
    expect(session.outputNames).toEqual(['confidence']);
  });

  it('carries version, feature names and neutral values inside the file', () => {
    expect(readMetadata(file)).toEqual({ version, featureNames, neutralValues: card.neutralValues });
  });

  test.prop([
    fc.double({ min: -20, max: 20, noNaN: true }),
    fc.double({ min: 0, max: 5, noNaN: true }),
    fc.double({ min: 0, max: 100, noNaN: true }),
  ])('answers in the runtime as the plain forward pass does', async (mom, rv, rsi) => {
    expect(Math.abs((await run([mom, rv, rsi])) - forward(network, [mom, rv, rsi]))).toBeLessThan(1e-5);
  });

  test.prop([fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 })])(
    'gives a probability for any finite features, however absurd',
    async (features) => {
      const confidence = await run(features);
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThan(1);
    },
  );

  it('spreads clearly, and upwards, over mom_20 from -1 to 1 alone', () => {
    const { rv_5, rsi_14 } = card.neutralValues;
    const confidences = Array.from({ length: 21 }, (_, step) => forward(network, [step / 10 - 1, rv_5!, rsi_14!]));
    expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
    expect(confidences[0]).toBeLessThan(0.4);
    expect(confidences.at(-1)).toBeGreaterThan(0.6);
    expect(confidences[10]).toBeCloseTo(0.5, 1);
  });

  it('lets a sensible share of candles over the usual threshold', () => {
    const { inputs } = examplesOf(embeddedRun('BTCUSDT', 1, 5_000));
    const share = inputs.filter((features) => forward(network, features) >= 0.55).length / inputs.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.6);
    expect(forward(network, [1.0, 0.2, 65.0])).toBeGreaterThan(0.55); // the runbook's example
  });
});
