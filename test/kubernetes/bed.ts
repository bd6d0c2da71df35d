import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { describe } from 'vitest';
import { buildImage, readImage } from '../../toolchain/image';
import type { Cluster } from './cluster/cluster';
import { importImage } from './cluster/images';
import { inWorker } from './in-worker';

const root = path.resolve(__dirname, '..', '..');

/** What is missing for tests on Kubernetes, in one line; undefined when they can run. */
export function kubernetesIsMissing(): string | undefined {
  const found = inWorker.cluster ?? { missing: 'the setup of the project "kubernetes" did not run' };
  return 'missing' in found ? found.missing : undefined;
}

/** The cluster of the tests. */
export function cluster(): Cluster {
  const found = inWorker.cluster;
  if (!found || 'missing' in found) throw new Error(`there is no Kubernetes: ${kubernetesIsMissing()}`);
  return found;
}

/** The admin's kubeconfig, as KUBECONFIG takes it; the tests' environment has it there too. */
export function kubeconfig(): string {
  return cluster().kubeconfig;
}

/** What clients of the API are made from. */
export function kubernetes(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig());
  return config;
}

/** `describe` for tests that need the cluster: skipped where there is none, hooks included. */
export const describeOnKubernetes = describe.skipIf(kubernetesIsMissing() !== undefined);

/**
 * The image of the shipped workloads, in the node's store; it is built from dist/ where it is not built.
 * @returns the name by digest under which a pod refers to it; see `importImage`
 */
export function testImage(): Promise<string> {
  imported ??= (async () => {
    const image = readImage(root) ?? (await buildImage(root, () => {}));
    return importImage(cluster(), image.archive, 'cutover.test/cutover');
  })();
  return imported;
}

/** What this test process has imported: dist/ does not change while it runs. */
let imported: Promise<string> | undefined;
