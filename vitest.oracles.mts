import { defineConfig } from 'vitest/config';

// Apart from the other tests: it needs Python, and builds a library on its first run.
export default defineConfig({
  test: {
    reporters: ['default', './test/helpers/closing-line-reporter.ts'],
    include: ['test/oracles/**/*.oracle.ts'],
    testTimeout: 300_000,
  },
});
