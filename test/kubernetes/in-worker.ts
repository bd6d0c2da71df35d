import type { Cluster } from './cluster/cluster';

declare module 'vitest' {
  interface ProvidedContext {
    kubernetes: { readonly port?: number; readonly missing?: string; readonly pluginFolder?: string };
  }
}

/** What setup/worker.mts hands to the tests of its worker. */
export const inWorker: { cluster?: Cluster | { readonly missing: string } } = {};
