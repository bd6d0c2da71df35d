/**
 * Mutation score of the folders whose decisions people trust with money: every small fault that Stryker can put into them is
 * put into them, one at a time, and the unit tests that reach it must fail. Ends with exit code 4 below the score.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

const usage = 'test:mutation [--mutate PATTERN,...] [--tests FOLDER,...] [--concurrency N] [--json]';
const help = `${usage}
Without --mutate all of posture/, evidence/ and ledger/, which takes about an hour on two cores with --concurrency 2; with it
what it names, such as posture/decide.ts or posture/decide.ts:40-60. A folder's faults are looked for by the tests of that
folder alone, so that the score is a lower bound; by those of other folders too where --tests names them, such as
test/posture,test/attacks.`;

/** Folders whose score must be at least this, percent. */
const folders = ['posture', 'evidence', 'ledger'] as const;
const leastScore = 90;

/** `checkFailed` of errors.ts. */
const belowScore = 4;

type Options = ConstructorParameters<typeof Stryker>[0];
type Mutants = Awaited<ReturnType<Stryker['runMutationTest']>>;

/** Killed of those that can be, percent; a mutant that does not run or was proved equivalent is none. */
function scoreOf(mutants: Mutants): number | null {
  const found = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  const all = found + survivorsOf(mutants).length;
  return all === 0 ? null : Math.round((found / all) * 10_000) / 100;
}

function survivorsOf(mutants: Mutants): Mutants {
  return mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
}

const root = path.resolve(import.meta.dirname, '..');
const fileOf = (mutant: Mutants[number]) => path.relative(root, mutant.fileName);

function describe(mutants: Mutants) {
  const parts = folders.map((folder) => mutants.filter((one) => fileOf(one).startsWith(`${folder}/`)));
  return {
    score: scoreOf(mutants),
    folders: Object.fromEntries(folders.map((folder, at) => [folder, scoreOf(parts[at]!)])),
    timeouts: mutants.filter(({ status }) => status === 'Timeout').length,
    survivors: survivorsOf(mutants).map((mutant) => ({
      file: fileOf(mutant),
      line: mutant.location.start.line,
      column: mutant.location.start.column,
      mutator: mutant.mutatorName,
      replacement: mutant.replacement,
      covered: mutant.status === 'Survived',
    })),
  };
}

/** Puts the faults of some files in and runs the tests of some folders on each. */
async function runMutants(
  sandbox: string,
  asked: { mutate: string[]; tests: string; concurrency: number; silent: boolean },
): Promise<Mutants> {
  process.env.CUTOVER_MUTATION_TESTS = asked.tests;
  return new Stryker({
    mutate: asked.mutate,
    concurrency: asked.concurrency,
    plugins: ['@stryker-mutator/vitest-runner'],
    testRunner: 'vitest',
    vitest: { configFile: 'vitest.mutation.mts' },
    coverageAnalysis: 'perTest',
    dryRunTimeoutMinutes: 60,
    tempDirName: sandbox,
    ignorePatterns: ['/dist*', '/.cutover', '/docs', '/bench', '/stacks'],
    reporters: asked.silent ? [] : ['progress-append-only'],
    // Its type is a const enum, which a file that is compiled by itself cannot name.
    logLevel: (asked.silent ? 'off' : 'warn') as unknown as NonNullable<Options['logLevel']>,
  }).runMutationTest();
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      mutate: { type: 'string', default: folders.map((folder) => `${folder}/**/*.ts`).join() },
      tests: { type: 'string' },
      concurrency: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const concurrency = Number(values.concurrency);
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw new RangeError(`--concurrency: expected a whole number above 0, got ${values.concurrency}; ${usage}`);
  const patterns = values.mutate.split(',');
  const strange = patterns.filter((pattern) => !folders.some((folder) => pattern.startsWith(`${folder}/`)));
  if (strange.length > 0)
    throw new RangeError(`--mutate: expected files of ${folders.join(', ')}, got ${strange.join(', ')}; ${usage}`);
  process.chdir(root);
  // Outside the project: other tools look at every file in it.
  const sandbox = mkdtempSync(path.join(tmpdir(), 'cutover-mutation-'));
  try {
    const mutants: Mutants[number][] = [];
    for (const folder of folders) {
      const mutate = patterns.filter((pattern) => pattern.startsWith(`${folder}/`));
      if (mutate.length === 0) continue;
      const tests = values.tests ?? `test/${folder}`;
      mutants.push(...(await runMutants(sandbox, { mutate, tests, concurrency, silent: values.json })));
    }
    const { score, folders: scores, timeouts, survivors } = describe(mutants);
    if (values.json) console.log(JSON.stringify({ score, folders: scores, timeouts, survivors }));
    else {
      for (const { file, line, column, mutator, replacement, covered } of survivors)
        console.log(`${file}:${line}:${column} ${covered ? '' : 'not reached, '}${mutator}: ${replacement}`);
      for (const [folder, its] of Object.entries(scores)) if (its !== null) console.log(`${folder}/ ${its} %`);
      console.log(
        `${timeouts} made the tests last too long, and count as found: on a busy machine some do so without a fault`,
      );
      console.log(`${mutants.length} mutants, ${survivors.length} survive: score ${score} %, at least ${leastScore} %`);
    }
    const judged = Object.values(scores).filter((its) => its !== null);
    return judged.length > 0 && judged.every((its) => its >= leastScore) ? 0 : belowScore;
  } finally {
    rmSync(sandbox, { recursive: true, force: true });
  }
}

process.exitCode = await main();
