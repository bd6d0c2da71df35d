import type { TestProject } from 'vitest/node';
import { ensureInstalled } from '../../helpers/system-packages';
import { tryTool } from '../../helpers/tool';

declare module 'vitest' {
  interface ProvidedContext {
    browser: { readonly executable?: string; readonly missing?: string };
  }
}

/** Sees that there is a Chromium, of the distribution where there is none; without one the tests are skipped, and this says why. */
export default async function setup(project: TestProject): Promise<void> {
  const given = process.env.CUTOVER_TEST_CHROMIUM;
  const missing = given
    ? undefined
    : await ensureInstalled({ chromium: 'chromium' }, 60, (message) => console.error(message));
  if (missing) {
    console.error(`Tests in the browser are skipped: ${missing}`);
    project.provide('browser', { missing });
    return;
  }
  project.provide('browser', { executable: given ?? tryTool('sh', '-c', 'command -v chromium').trim() });
}
