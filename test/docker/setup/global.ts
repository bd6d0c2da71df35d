import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { provideDaemon } from '../daemon/provide-daemon';
import { findOfficialPlugin, installStandIn } from '../provider/install';

/** Brings up what the tests on Docker need, once for all files; where that cannot be had they are skipped, and this says why. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const daemon = await provideDaemon((message) => console.error(message));
  if ('missing' in daemon) {
    console.error(`Tests on Docker are skipped: ${daemon.missing}`);
    project.provide('docker', { missing: daemon.missing });
    return async () => {};
  }
  const official = findOfficialPlugin();
  if (official) {
    console.error(`Tests on Docker use the plugin ${official}`);
    project.provide('docker', { host: daemon.host });
    return daemon.stop;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-plugin-'));
  await installStandIn(folder);
  project.provide('docker', { host: daemon.host, pluginFolder: folder });
  return async () => {
    rmSync(folder, { recursive: true, force: true });
    await daemon.stop();
  };
}
