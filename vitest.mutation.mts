import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that concern one folder alone find a fault at once; the others take real files and whole decisions for it. */
const quickFirst = ['test/evidence', 'test/posture', 'test/ledger', 'test/bad-input', 'test/attacks'];

/** `--tests` of `test/mutation.mts`. */
const asked = process.env.CUTOVER_MUTATION_TESTS?.split(',') ?? quickFirst;

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      quickFirst.findIndex((folder) => moduleId.includes(`/${folder}/`));
    return files.sort((one, other) => rank(one) - rank(other) || one.moduleId.localeCompare(other.moduleId));
  }
}

// The unit tests that `test/mutation.mts` runs for each mutant: see there.
export default defineConfig({
  test: {
    include: asked.map((folder) => `${folder}/**/*.test.ts`),
    // Two read documents and sources as text, the others start processes of bundles: none sees a mutant.
    exclude: [
      'test/attacks/index.test.ts',
      'test/posture/explain/reason-codes-in-texts.test.ts',
      'test/bad-input/trust-root.test.ts',
      'test/ledger/processes.test.ts',
    ],
    sequence: { sequencer: QuickFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
