import { z } from 'zod';
import { inputLimit, type Network } from './network';
import { floatType, modelProto } from './onnx-schema';

/** What a model file says of itself. It travels inside the file, so that the pinned digest covers it. */
export interface ModelMetadata {
  readonly version: string;
  /** The inputs, in the order of the input tensor. */
  readonly featureNames: readonly string[];
  /** What a missing feature is filled with. */
  readonly neutralValues: Readonly<Record<string, number>>;
}

const opset = 13;
const irVersion = 8; // the newest that every runtime with opset 13 reads

/**
 * Writes a network as an ONNX file: input `features` float32 [1, n], output `confidence` float32 [1, 1].
 * Standardisation is part of the graph, so that a caller cannot get it wrong. The same network gives the same bytes.
 */
export function encodeModel(network: Network, metadata: ModelMetadata): Uint8Array {
  const inputs = network.mean.length;
  const units = network.hiddenBias.length;
  const node = (op: string, from: string[], to: string) => ({ name: to, opType: op, input: from, output: [to] });
  // Gemm wants [inputs, units], the network keeps one row per unit.
  const hidden = network.mean.flatMap((_, input) => network.hiddenWeights.map((row) => row[input]!));
  const message = {
    irVersion,
    producerName: 'cutover',
    producerVersion: metadata.version,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'confidence',
      node: [
        node('Sub', ['features', 'mean'], 'centred'),
        node('Div', ['centred', 'scale'], 'scaled'),
        node('Clip', ['scaled', 'lowest', 'highest'], 'standardised'),
        node('Gemm', ['standardised', 'hidden_weights', 'hidden_bias'], 'hidden_sum'),
        node('Tanh', ['hidden_sum'], 'hidden'),
        node('Gemm', ['hidden', 'output_weights', 'output_bias'], 'output_sum'),
        node('Sigmoid', ['output_sum'], 'confidence'),
      ],
      initializer: [
        tensor('mean', [1, inputs], network.mean),
        tensor('scale', [1, inputs], network.scale),
        tensor('lowest', [], [-inputLimit]),
        tensor('highest', [], [inputLimit]),
        tensor('hidden_weights', [inputs, units], hidden),
        tensor('hidden_bias', [units], network.hiddenBias),
        tensor('output_weights', [units, 1], network.outputWeights),
        tensor('output_bias', [1], [network.outputBias]),
      ],
      input: [valueInfo('features', [1, inputs])],
      output: [valueInfo('confidence', [1, 1])],
    },
    metadataProps: [
      { key: 'version', value: metadata.version },
      { key: 'feature_names', value: JSON.stringify(metadata.featureNames) },
      { key: 'neutral_values', value: JSON.stringify(metadata.neutralValues) },
    ],
  };
  return modelProto.encode(modelProto.fromObject(message)).finish();
}

function tensor(name: string, dims: number[], values: readonly number[]) {
  const bytes = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) bytes.setFloat32(index * 4, value, true);
  return { name, dims, dataType: floatType, rawData: new Uint8Array(bytes.buffer) };
}

function valueInfo(name: string, dims: number[]) {
  return {
    name,
    type: { tensorType: { elemType: floatType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  };
}

const metadataShape = z
  .object({
    version: z.string().min(1),
    featureNames: z.array(z.string().min(1)).min(1),
    neutralValues: z.record(z.string(), z.number()),
  })
  .refine(({ featureNames, neutralValues }) => featureNames.every((name) => Object.hasOwn(neutralValues, name)), {
    message: 'expected a neutral value for every feature',
  });

/**
 * Reads what an ONNX file says of itself.
 * @throws Error when the bytes are no ONNX file, or the properties `version`, `feature_names` and `neutral_values` are
 * missing or malformed
 */
export function readMetadata(file: Uint8Array): ModelMetadata {
  const model = modelProto.toObject(modelProto.decode(file)) as { metadataProps?: { key?: string; value?: string }[] };
  const props = new Map(model.metadataProps?.map(({ key, value }) => [key, value]));
  const json = (key: string): unknown => JSON.parse(props.get(key) ?? 'null');
  const read = metadataShape.safeParse({
    version: props.get('version'),
    featureNames: json('feature_names'),
    neutralValues: json('neutral_values'),
  });
  if (!read.success) throw new Error(`the file's metadata_props are not usable: ${z.prettifyError(read.error)}`);
  return read.data;
}
