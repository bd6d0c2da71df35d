import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { provideCluster } from '../cluster/provide-cluster';
import { findOfficialPlugin, installStandIn } from '../provider/install';

/** Prepares what the tests on Kubernetes need, once for all files; where that cannot be had they are skipped, and this says why. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const provided = await provideCluster();
  if ('missing' in provided) {
    console.error(`Tests on Kubernetes are skipped: ${provided.missing}`);
    project.provide('kubernetes', { missing: provided.missing });
    return async () => {};
  }
  const { port, stop } = provided;
  const official = findOfficialPlugin();
  if (official) {
    console.error(`Tests on Kubernetes use the plugin ${official}`);
    project.provide('kubernetes', { port });
    return stop;
  }
  const pluginFolder = mkdtempSync(path.join(tmpdir(), 'cutover-plugin-'));
  await installStandIn(pluginFolder);
  project.provide('kubernetes', { port, pluginFolder });
  return async () => {
    rmSync(pluginFolder, { recursive: true, force: true });
    await stop();
  };
}
