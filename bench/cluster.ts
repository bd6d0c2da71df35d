import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageDir } from '../package-dir';
import { importImage } from '../test/kubernetes/cluster/images';
import { askForCluster, provideCluster } from '../test/kubernetes/cluster/provide-cluster';
import { findOfficialPlugin, installStandIn } from '../test/kubernetes/provider/install';
import { buildImage, readImage } from '../toolchain/image';

/** A Kubernetes to measure on. */
export interface BenchCluster {
  /** The shipped workloads' image, in the node's store: the name by digest under which a pod refers to it. */
  readonly image: string;
  stop(): Promise<void>;
}

/** Starts a Kubernetes of one node, which this process and what it starts find as a user's environment would have it. */
export async function openBenchCluster(
  progress: (message: string) => void,
): Promise<BenchCluster | { readonly missing: string }> {
  const provided = await provideCluster();
  if ('missing' in provided) return provided;
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-plugin-'));
  const stop = async () => {
    rmSync(folder, { recursive: true, force: true });
    await provided.stop();
  };
  try {
    const cluster = await askForCluster(provided.port);
    if ('missing' in cluster) {
      await stop();
      return cluster;
    }
    process.env.KUBECONFIG = cluster.kubeconfig;
    const node = new URL(cluster.server).hostname;
    for (const name of ['NO_PROXY', 'no_proxy']) {
      process.env[name] = [process.env[name], node].filter(Boolean).join(',');
    }
    if (!findOfficialPlugin()) {
      await installStandIn(folder);
      process.env.PATH = `${folder}:${process.env.PATH}`;
    }
    const built = readImage(packageDir()) ?? (await buildImage(packageDir(), progress));
    return { image: importImage(cluster, built.archive, 'cutover.test/cutover'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
