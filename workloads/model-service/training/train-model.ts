import { featureNames } from '../../../market/features';
import { digestBytes } from '../../../posture/digest';
import { forward, type Network } from '../network';
import { encodeModel } from '../onnx';
import { embeddedDataset, embeddedRun, horizonCandles, windowOf } from './dataset';
import { fitNetwork } from './fit';
import type { Recipe } from './recipes';
import { type Score, scoreOf } from './score';

/** What `model.json` says, beside the ONNX file. The service does not read it: people and reports do. */
export interface ModelCard {
  readonly version: string;
  /** Of `model.onnx`: `sha256:...` */
  readonly digest: string;
  readonly featureNames: readonly string[];
  readonly neutralValues: Readonly<Record<string, number>>;
  readonly horizonCandles: number;
  readonly trainedOn: {
    readonly feed: 'embedded';
    readonly symbols: readonly string[];
    readonly seeds: readonly number[];
    readonly candlesPerSeries: number;
    /** First and last moment of the candles learned from, RFC 3339. */
    readonly from: string;
    readonly to: string;
  };
  readonly outOfSample: Score & { readonly seeds: readonly number[] };
  readonly recipe: Recipe['fit'];
}

export interface TrainedModel {
  readonly network: Network;
  readonly file: Uint8Array;
  readonly card: ModelCard;
}

/** Trains a model. Pure: the same version and recipe give the same bytes. */
export function trainModel(
  version: string,
  recipe: Recipe,
  onEpoch?: (epoch: number, loss: number) => void,
): TrainedModel {
  const training = embeddedDataset(recipe.symbols, recipe.trainingSeeds, recipe.candles);
  // Volatility has no natural middle, so its neutral value is the typical one; the other two have one.
  const neutralValues = {
    mom_20: 0,
    rv_5: Math.fround(median(training.inputs.map((row) => row[featureNames.indexOf('rv_5')]!))),
    rsi_14: 50,
  };
  const neutral = featureNames.map((name) => neutralValues[name]);
  const network = fitNetwork(training, neutral, { ...recipe.fit, seed: version }, onEpoch);
  const file = encodeModel(network, { version, featureNames, neutralValues });
  const heldOut = embeddedDataset(recipe.symbols, recipe.heldOutSeeds, recipe.candles);
  const score = scoreOf(
    heldOut.inputs.map((features) => forward(network, features)),
    heldOut.labels,
  );
  const window = windowOf(embeddedRun(recipe.symbols[0]!, recipe.trainingSeeds[0]!, recipe.candles));
  return {
    network,
    file,
    card: {
      version,
      digest: digestBytes(file),
      featureNames,
      neutralValues,
      horizonCandles,
      trainedOn: {
        feed: 'embedded',
        symbols: recipe.symbols,
        seeds: recipe.trainingSeeds,
        candlesPerSeries: recipe.candles,
        from: new Date(window.from).toISOString(),
        to: new Date(window.to).toISOString(),
      },
      outOfSample: { ...score, seeds: recipe.heldOutSeeds },
      recipe: recipe.fit,
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
