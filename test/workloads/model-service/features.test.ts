import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { inputOf } from '../../../workloads/model-service/features';

const metadata = {
  featureNames: ['mom_20', 'rv_5', 'rsi_14'],
  neutralValues: { mom_20: 0, rv_5: 0.11, rsi_14: 50 },
};
const failuresOf = (body: unknown): string[] => {
  try {
    inputOf(metadata, body);
  } catch (error) {
    expect(error).toMatchObject({ status: 400, code: 'invalid_features' });
    return (error as { extra: { failures: string[] } }).extra.failures;
  }
  return [];
};

describe('inputOf', () => {
  it('puts features into the order of the model and fills in neutral values', () => {
    expect(inputOf(metadata, { features: { rsi_14: 65, mom_20: 1 } })).toEqual([1, 0.11, 65]);
    expect(inputOf(metadata, { features: {} })).toEqual([0, 0.11, 50]);
  });

  it('names every feature that is unknown or not finite', () => {
    const body = JSON.parse('{"features": {"mom_20": 1e999, "rv_5": "0.2", "rsi_14": null, "volume": 3}}');
    expect(failuresOf(body).map((failure) => failure.split(':')[0])).toEqual(['mom_20', 'rv_5', 'rsi_14', 'volume']);
  });

  it.each([undefined, null, 'text', [], {}, { features: [] }, { features: null }, { features: 'x' }])(
    'refuses the body %j',
    (body) => expect(failuresOf(body)).toHaveLength(1),
  );

  it('is not fooled by names that every object has', () => {
    expect(failuresOf({ features: { constructor: 1 } })).toHaveLength(1);
    expect(failuresOf(JSON.parse('{"features": {"__proto__": 1}}'))).not.toEqual(['']);
  });

  test.prop([fc.record({ features: fc.dictionary(fc.string(), fc.anything()) })])(
    'gives three finite numbers or a refusal, whatever comes',
    (body) => {
      if (failuresOf(body).length === 0) expect(inputOf(metadata, body).every(Number.isFinite)).toBe(true);
    },
  );
});
