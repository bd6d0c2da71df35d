import type { Check } from './check';

const predictions = 60;

/** A market that rises, falls and stands still, over and over: features as they come, all in their usual range. */
const featuresAt = (index: number) => {
  const phase = (2 * Math.PI * index) / 20;
  return { mom_20: 0.01 * Math.sin(phase), rv_5: 0.05 + 0.002 * index, rsi_14: 50 + 30 * Math.sin(phase) };
};

/** A model that works says different things of different markets, and never the same of all of them. */
export const confidenceSane: Check = {
  name: `confidence over ${predictions} predictions`,
  async run({ post }) {
    const confidences: number[] = [];
    for (let index = 0; index < predictions; index++) {
      const { status, body } = await post('model-service', '/predict', { features: featuresAt(index) });
      if (status !== 200) return `prediction ${index}: expected 200, received ${status}: ${String(body.message)}`;
      if (typeof body.confidence !== 'number' || !(body.confidence >= 0 && body.confidence <= 1)) {
        return `prediction ${index}: expected a confidence from 0 to 1, received ${String(body.confidence)}`;
      }
      confidences.push(body.confidence);
    }
    return describeDistribution(confidences);
  },
};

/** What is wrong with a distribution of confidences, or undefined. Pure. */
export function describeDistribution(confidences: readonly number[]): string | undefined {
  const mean = confidences.reduce((sum, value) => sum + value, 0) / confidences.length;
  const deviation = Math.sqrt(confidences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / confidences.length);
  if (deviation < 0.001) return `all predictions are ${mean.toFixed(3)}: the model does not look at its features`;
  if (mean < 0.1 || mean > 0.9) return `the mean prediction is ${mean.toFixed(3)}, expected 0.1 to 0.9`;
  return undefined;
}
