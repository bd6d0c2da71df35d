import { parseArgs } from 'node:util';
import { CutoverError, exitCodes, messageOf } from '../../errors';

export interface TrainOptions {
  readonly version: string;
  /** Folder that gets `<version>/model.onnx` and `<version>/model.json`. */
  readonly out: string;
  readonly seed: number | undefined;
  readonly hidden: number | undefined;
  readonly candles: number | undefined;
}

export const usage = `Trains a model on the embedded market feed and writes <out>/<version>/model.onnx and model.json.
The same options give the same file, byte for byte.

Usage: npm run train -- --version 1.2.0 [options]

  --version NAME   name of the model; 1.0.0 and 1.1.0 are the shipped ones
  --out FOLDER     where models lie (default: models)
  --seed N         first seed of the training data (default: the version's, else that of 1.1.0)
  --hidden N       hidden units, 1 to 64 (default: the version's, else that of 1.1.0)
  --candles N      candles per symbol and seed, 500 to 50000 (default: the version's, else that of 1.1.0)
  --help           this text

Progress goes to standard error, the content of model.json to standard output.`;

const versionShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads the command line of `train`.
 * @returns the options, or `help` when the text was asked for
 * @throws CutoverError `invalid_arguments` with every failure
 */
export function readTrainOptions(args: readonly string[]): TrainOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const failures: string[] = [];
  const version = values.version ?? '';
  if (!versionShape.test(version))
    failures.push(`--version: expected a name such as 1.2.0, received ${JSON.stringify(values.version ?? 'nothing')}`);
  const whole = (name: 'seed' | 'hidden' | 'candles', least: number, most: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    failures.push(`--${name}: expected a whole number from ${least} to ${most}, received ${JSON.stringify(text)}`);
    return undefined;
  };
  const options = {
    version,
    out: values.out ?? 'models',
    seed: whole('seed', 0, 1_000_000_000),
    hidden: whole('hidden', 1, 64),
    candles: whole('candles', 500, 50_000),
  };
  if (failures.length > 0) throw invalid(failures);
  return options;
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { version: text, out: text, seed: text, hidden: text, candles: text, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw invalid([messageOf(error)]);
  }
}

function invalid(details: string[]): CutoverError {
  return new CutoverError('invalid_arguments', 'the arguments of train are not usable; --help lists them', {
    exitCode: exitCodes.usage,
    details,
  });
}
