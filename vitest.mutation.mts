import { defineConfig } from 'vitest/config';

/** The folders whose tests run, as `test/mutation.mts` names them. */
const folders = (process.env.CUTOVER_MUTATION_TESTS ?? 'test/posture').split(',');

// The unit tests that `test/mutation.mts` runs for each mutant: see there.
export default defineConfig({
  test: {
    include: folders.map((folder) => `${folder}/**/*.test.ts`),
    // Two read documents and sources as text, the others start processes of bundles: none sees a mutant.
    exclude: [
      'test/attacks/index.test.ts',
      'test/posture/explain/reason-codes-in-texts.test.ts',
      'test/bad-input/trust-root.test.ts',
      'test/ledger/processes.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
