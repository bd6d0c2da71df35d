import { afterAll, beforeAll, expect, it } from 'vitest';
import { watchOrchestrators } from '../helpers/orchestrator-watch';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';

/** The orchestrator is a singleton through every change: never two at a time, sampled every 10 ms. */
const updates = Number(process.env.CUTOVER_UPDATES ?? 2);
let project: TestProject;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
  expect(await project.cutover('up')).toMatchObject({ exitCode: 0 });
});
afterAll(() => project?.destroy());

it(`never two orchestrators through ${updates} updates`, { timeout: updates * 60_000 }, async () => {
  const watch = await watchOrchestrators(project.home, async () => {
    for (let update = 1; update <= updates; update++) {
      project.configure(`Update ${update}`, (config) =>
        set(config, ['agents', 'quant_company_agent', 'enabled'], update % 2 === 1),
      );
      const up = await project.cutover('up');
      expect(up.exitCode, up.stderr).toBe(0);
      expect(up.json.changes.map(({ name }: { name: string }) => name)).toContain('orchestrator');
    }
  });
  console.log(`${updates} updates (in full: CUTOVER_UPDATES=50), ${JSON.stringify(watch)}`);
  expect(watch).toMatchObject({ most: 1, starts: updates + 1 });
});
