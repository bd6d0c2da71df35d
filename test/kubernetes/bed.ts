import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { describe } from 'vitest';
import { tarEntriesOf } from '../../toolchain/image/build-image';
import { planRuntime } from '../../toolchain/image/runtime-layer';
import type { Cluster } from './cluster/cluster';
import { importImage, writeSmallImage } from './cluster/images';
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
 * An image in the node's store that holds this Node.js at the place where the shipped image has it, and nothing else.
 * @returns the name by digest under which a pod refers to it; see `importImage`
 */
export async function testImage(): Promise<string> {
  const { folder } = cluster();
  const known = path.join(folder, 'test-image');
  if (existsSync(known)) return readFileSync(known, 'utf8');
  const archive = path.join(folder, 'test-image.tar');
  await writeSmallImage(archive, tarEntriesOf((await planRuntime(root)).layer), {});
  const reference = importImage({ folder }, archive, 'cutover.test/node');
  rmSync(archive);
  writeFileSync(known, reference);
  return reference;
}
