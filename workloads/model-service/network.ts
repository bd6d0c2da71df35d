/**
 * A multilayer perceptron with one hidden layer of tanh units and one sigmoid output. Inputs are standardised with
 * `mean` and `scale`, then cut at `inputLimit` deviations, so that an absurd feature cannot give a NaN.
 * Weights are kept rounded to float32, the precision of the ONNX file: what is measured is what is shipped.
 */
export interface Network {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** One row of input weights per hidden unit. */
  readonly hiddenWeights: readonly (readonly number[])[];
  readonly hiddenBias: readonly number[];
  readonly outputWeights: readonly number[];
  readonly outputBias: number;
}

/** Standardised inputs beyond this many deviations are cut. */
export const inputLimit = 4;

/** One input, standardised as the graph does it. */
export function standardise(network: Pick<Network, 'mean' | 'scale'>, features: readonly number[]): number[] {
  return features.map((value, index) =>
    Math.max(-inputLimit, Math.min(inputLimit, (value - network.mean[index]!) / network.scale[index]!)),
  );
}

/** The probability (0..1) that the price is higher after the horizon. The reference for the ONNX file's output. */
export function forward(network: Network, features: readonly number[]): number {
  const inputs = standardise(network, features);
  let sum = network.outputBias;
  for (const [unit, weights] of network.hiddenWeights.entries()) {
    let activation = network.hiddenBias[unit]!;
    for (const [index, weight] of weights.entries()) activation += weight * inputs[index]!;
    sum += network.outputWeights[unit]! * Math.tanh(activation);
  }
  return sigmoid(sum);
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
