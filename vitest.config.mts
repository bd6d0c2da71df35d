import { defineConfig } from 'vitest/config';

// The kinds of test: unit tests run in parallel and in seconds; end-to-end tests run the real engine and real processes
// on free ports, and those on Docker and Kubernetes run real containers; all of these one file after the other so that
// two cores are not fought over.
export default defineConfig({
  test: {
    reporters: ['default', './test/helpers/closing-line-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/browser/**', 'test/**/*.docker.test.ts', 'test/**/*.kubernetes.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.browser.test.ts'],
          globalSetup: ['test/browser/setup/global.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'docker',
          include: ['test/docker/**/*.docker.test.ts'],
          globalSetup: ['test/docker/setup/global.ts'],
          setupFiles: ['test/docker/setup/worker.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'kubernetes',
          include: ['test/kubernetes/**/*.kubernetes.test.ts'],
          globalSetup: ['test/kubernetes/setup/global.ts'],
          setupFiles: ['test/kubernetes/setup/worker.mts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
