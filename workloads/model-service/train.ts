import { CutoverError, exitCodes, messageOf } from '../../errors';
import { readTrainOptions, usage } from './train-options';
import { recipeFor } from './training/recipes';
import { saveModel } from './training/save-model';
import { trainModel } from './training/train-model';

/** Trains one model from the command line. @returns the exit code */
function main(args: readonly string[]): number {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const options = readTrainOptions(args);
    if (options === 'help') {
      process.stdout.write(`${usage}\n`);
      return exitCodes.done;
    }
    const recipe = recipeFor(options.version, {
      firstSeed: options.seed,
      hiddenUnits: options.hidden,
      candles: options.candles,
    });
    const trained = trainModel(options.version, recipe, (epoch, loss) =>
      progress(`epoch ${epoch} of ${recipe.fit.epochs}: log loss ${loss.toFixed(4)}`),
    );
    progress(`wrote ${saveModel(options.out, trained)}`);
    process.stdout.write(`${JSON.stringify(trained.card, null, 2)}\n`);
    return exitCodes.done;
  } catch (error) {
    progress(messageOf(error));
    if (!(error instanceof CutoverError)) return exitCodes.unexpected;
    for (const detail of error.details) progress(`  ${detail}`);
    return error.exitCode;
  }
}

process.exitCode = main(process.argv.slice(2));
