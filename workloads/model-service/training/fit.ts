import { gaussian, seededRandom } from '../../../market/embedded-feed';
import { type Network, sigmoid, standardise } from '../network';
import type { Dataset } from './dataset';

export interface FitOptions {
  /** Names the random start, the order of examples and which features are hidden. */
  readonly seed: string;
  readonly hiddenUnits: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Weight of the squared weights in the loss. */
  readonly decay: number;
  /** Chance (0..1) that a feature of an example is replaced by its neutral value. */
  readonly hideFeature: number;
}

/**
 * Fits a network by minibatch gradient descent with Adam. Deterministic: the same data and options give the same
 * network to the last bit.
 *
 * Features are hidden at random while training, since the service fills a missing feature with its neutral value: a
 * model that had never seen that would lean on one of two features that say nearly the same.
 * @param neutral what a hidden feature is replaced by, in the order of the inputs
 * @param onEpoch told after each pass over the data, with the mean training log loss
 */
export function fitNetwork(
  data: Dataset,
  neutral: readonly number[],
  options: FitOptions,
  onEpoch: (epoch: number, loss: number) => void = () => {},
): Network {
  const random = seededRandom(`fit:${options.seed}`);
  const { mean, scale } = momentsOf(data.inputs);
  const examples = data.inputs.map((features) => standardise({ mean, scale }, features));
  const hidden = standardise({ mean, scale }, neutral);
  const width = mean.length;
  const units = options.hiddenUnits;

  // All parameters in one array: per unit its weights and bias, then the output weights and bias.
  const size = units * (width + 2) + 1;
  const outputs = units * (width + 1);
  const parameters = Float64Array.from({ length: size }, () => gaussian(random) / Math.sqrt(width));
  parameters[size - 1] = 0;
  const step = adam(size, options.learningRate);
  const gradient = new Float64Array(size);
  const activations = new Float64Array(units);
  const input = new Float64Array(width);
  const order = examples.map((_, index) => index);

  for (let epoch = 1; epoch <= options.epochs; epoch += 1) {
    shuffle(order, random);
    let loss = 0;
    for (let start = 0; start < order.length; start += options.batchSize) {
      const batch = order.slice(start, start + options.batchSize);
      gradient.fill(0);
      for (const index of batch) {
        for (let i = 0; i < width; i += 1)
          input[i] = random() < options.hideFeature ? hidden[i]! : examples[index]![i]!;
        let sum = parameters[size - 1]!;
        for (let unit = 0; unit < units; unit += 1) {
          const row = unit * (width + 1);
          let value = parameters[row + width]!;
          for (let i = 0; i < width; i += 1) value += parameters[row + i]! * input[i]!;
          activations[unit] = Math.tanh(value);
          sum += parameters[outputs + unit]! * activations[unit]!;
        }
        const confidence = sigmoid(sum);
        const label = data.labels[index]!;
        loss -= Math.log(label === 1 ? confidence : 1 - confidence);
        const error = (confidence - label) / batch.length;
        gradient[size - 1]! += error;
        for (let unit = 0; unit < units; unit += 1) {
          gradient[outputs + unit]! += error * activations[unit]!;
          const inner = error * parameters[outputs + unit]! * (1 - activations[unit]! ** 2);
          const row = unit * (width + 1);
          for (let i = 0; i < width; i += 1) gradient[row + i]! += inner * input[i]!;
          gradient[row + width]! += inner;
        }
      }
      for (let i = 0; i < size; i += 1) gradient[i]! += options.decay * parameters[i]!;
      step(parameters, gradient, epoch / options.epochs);
    }
    onEpoch(epoch, loss / order.length);
  }

  const rounded = Array.from(parameters, Math.fround);
  return {
    mean,
    scale,
    hiddenWeights: Array.from({ length: units }, (_, unit) =>
      rounded.slice(unit * (width + 1), unit * (width + 1) + width),
    ),
    hiddenBias: Array.from({ length: units }, (_, unit) => rounded[unit * (width + 1) + width]!),
    outputWeights: rounded.slice(outputs, outputs + units),
    outputBias: rounded[size - 1]!,
  };
}

/** Mean and standard deviation of every input, rounded to float32 as they stand in the file. */
function momentsOf(inputs: Dataset['inputs']): { mean: number[]; scale: number[] } {
  const columns = inputs[0]!.map((_, index) => inputs.map((row) => row[index]!));
  const mean = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
  const scale = columns.map((column, index) =>
    Math.sqrt(column.reduce((sum, value) => sum + (value - mean[index]!) ** 2, 0) / column.length),
  );
  return { mean: mean.map(Math.fround), scale: scale.map(Math.fround) };
}

/** Adam (Kingma and Ba) with its usual constants; the rate falls along a half cosine so that the last steps are small. */
function adam(size: number, learningRate: number) {
  const first = new Float64Array(size);
  const second = new Float64Array(size);
  let steps = 0;
  return (parameters: Float64Array, gradient: Float64Array, progress: number): void => {
    steps += 1;
    const rate = learningRate * (0.5 + 0.5 * Math.cos(Math.PI * progress)) + learningRate * 0.01;
    for (let i = 0; i < size; i += 1) {
      first[i] = 0.9 * first[i]! + 0.1 * gradient[i]!;
      second[i] = 0.999 * second[i]! + 0.001 * gradient[i]! ** 2;
      const mean = first[i]! / (1 - 0.9 ** steps);
      const deviation = Math.sqrt(second[i]! / (1 - 0.999 ** steps));
      parameters[i]! -= (rate * mean) / (deviation + 1e-8);
    }
  };
}

/** Fisher and Yates, in place. */
function shuffle(values: number[], random: () => number): void {
  for (let last = values.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
}
