import { CutoverError } from '../errors';
import { Random } from '../simulate/random';
import { mutators } from './mutators';
import type { Target } from './targets/target';

/** An input takes less than this, milliseconds of processor time: so that a busy machine is no violation. */
export const boundMs = 500;
const shown = 20;

/** What a run came to. */
export interface Fuzzed {
  readonly inputs: number;
  /** Errors that are not the verifiers' own. */
  readonly throws: number;
  /** Inputs that were accepted although they are not honest. */
  readonly accepted: number;
  /** The longest that an input took, milliseconds of processor time. */
  readonly maxMs: number;
  /** Inputs that were accepted because what is signed in them had come out unchanged. */
  readonly unchanged: number;
  /** Refusals by their code: what was reached. */
  readonly refused: Readonly<Record<string, number>>;
  /** The first violations, each with the seed that makes its input again. */
  readonly violations: readonly string[];
}

/** Tries the inputs of the seeds `from` (included) to `to`. @param onProgress is told how many were tried so far */
export function runFuzz(
  from: number,
  to: number,
  targets: readonly Target[],
  onProgress: (done: number) => void = () => {},
): Fuzzed {
  const all = targets.flatMap(({ honest }) => honest);
  const refused: Record<string, number> = {};
  const violations: string[] = [];
  let [throws, accepted, unchanged, maxMs] = [0, 0, 0, 0];
  for (let seed = from; seed < to; seed += 1) {
    const random = new Random(seed);
    const target = random.pick(targets);
    const { input, mutator } = makeInput(random, target, all);
    const violated = (what: string) => {
      if (violations.length < shown) violations.push(`seed ${seed}, ${target.name}, ${mutator}: ${what}`);
    };
    const begun = process.threadCpuUsage();
    const verdict = judge(target, input);
    const { user, system } = process.threadCpuUsage(begun);
    const ms = (user + system) / 1000;
    maxMs = Math.max(maxMs, ms);
    if (ms > boundMs) violated(`${input.length} bytes took ${ms} ms`);
    if (verdict instanceof CutoverError) refused[verdict.code] = (refused[verdict.code] ?? 0) + 1;
    else if (verdict instanceof Error) {
      throws += 1;
      violated(`threw ${verdict.stack}`);
    } else if (target.isHonest(input)) unchanged += 1;
    else {
      accepted += 1;
      violated('accepted');
    }
    if ((seed - from + 1) % 1_000 === 0) onProgress(seed - from + 1);
  }
  return { inputs: to - from, throws, accepted, maxMs, unchanged, refused, violations };
}

/** An input by a mutator that can do something with the target's documents. */
function makeInput(random: Random, target: Target, all: readonly Buffer[]): { input: Buffer; mutator: string } {
  while (true) {
    const { name, mutate } = random.pick(mutators);
    const input = mutate({ random, document: random.pick(target.honest), all });
    if (input) return { input, mutator: name };
  }
}

/** What refused the input, or undefined where nothing did. */
function judge(target: Target, input: Buffer): Error | undefined {
  try {
    return target.accepts(input) ? undefined : new Error('it neither accepts nor says why not');
  } catch (error) {
    return error instanceof Error ? error : new Error(`threw ${String(error)}`);
  }
}

/** Two parts of a run as one. */
export function mergeFuzzed(one: Fuzzed, other: Fuzzed): Fuzzed {
  const refused = { ...one.refused };
  for (const [code, count] of Object.entries(other.refused)) refused[code] = (refused[code] ?? 0) + count;
  return {
    inputs: one.inputs + other.inputs,
    throws: one.throws + other.throws,
    accepted: one.accepted + other.accepted,
    maxMs: Math.max(one.maxMs, other.maxMs),
    unchanged: one.unchanged + other.unchanged,
    refused,
    violations: [...one.violations, ...other.violations].slice(0, shown),
  };
}
