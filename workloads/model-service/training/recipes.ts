import type { FitOptions } from './fit';

/** Everything that decides a trained model: the same recipe gives the same file. */
export interface Recipe {
  readonly fit: Omit<FitOptions, 'seed'>;
  readonly symbols: readonly string[];
  /** Seeds of the embedded feed that are learned from. The seed of a running system (1 by default) is none of them. */
  readonly trainingSeeds: readonly number[];
  /** Seeds that the model never sees, for its score. */
  readonly heldOutSeeds: readonly number[];
  /** Candles per symbol and seed. */
  readonly candles: number;
}

const fit = { batchSize: 128, learningRate: 0.01, decay: 1e-4, hideFeature: 0.25 } as const;
const symbols = ['BTCUSDT', 'ETHUSDT'] as const;
const heldOutSeeds = [9_001, 9_002, 9_003, 9_004, 9_005] as const;

/** The recipes of the models that the package ships. */
export const recipes: Readonly<Record<string, Recipe>> = {
  '1.0.0': {
    fit: { ...fit, hiddenUnits: 4, epochs: 6 },
    symbols,
    trainingSeeds: [7_001, 7_002, 7_003, 7_004, 7_005, 7_006],
    heldOutSeeds,
    candles: 4_000,
  },
  '1.1.0': {
    fit: { ...fit, hiddenUnits: 8, epochs: 8 },
    symbols,
    trainingSeeds: [7_101, 7_102, 7_103, 7_104, 7_105, 7_106, 7_107, 7_108],
    heldOutSeeds,
    candles: 5_000,
  },
};

/** What of a recipe can be chosen when a model is trained. */
export interface RecipeChoice {
  /** First of the training seeds; the others follow it. */
  readonly firstSeed?: number | undefined;
  readonly hiddenUnits?: number | undefined;
  /** Candles per symbol and seed. */
  readonly candles?: number | undefined;
}

/** The recipe of a shipped version, or the newest one for any other, with what was chosen in its place. */
export function recipeFor(version: string, choice: RecipeChoice = {}): Recipe {
  const recipe = recipes[version] ?? recipes['1.1.0']!;
  const { firstSeed } = choice;
  return {
    ...recipe,
    fit: { ...recipe.fit, hiddenUnits: choice.hiddenUnits ?? recipe.fit.hiddenUnits },
    trainingSeeds:
      firstSeed === undefined ? recipe.trainingSeeds : recipe.trainingSeeds.map((_, index) => firstSeed + index),
    candles: choice.candles ?? recipe.candles,
  };
}
