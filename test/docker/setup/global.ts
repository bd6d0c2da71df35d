import type { TestProject } from 'vitest/node';
import { provideDaemon } from '../daemon/provide-daemon';

/** Brings up what the tests on Docker need, once for all files; where that cannot be had they are skipped, and this says why. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const daemon = await provideDaemon((message) => console.error(message));
  if ('missing' in daemon) {
    console.error(`Tests on Docker are skipped: ${daemon.missing}`);
    project.provide('docker', { missing: daemon.missing });
    return async () => {};
  }
  project.provide('docker', { host: daemon.host });
  return daemon.stop;
}
