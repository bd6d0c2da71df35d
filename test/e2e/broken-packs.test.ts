import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';

// The way down must not depend on the packs, and the way up must: whatever is wrong with them.
let project: TestProject;
beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
  expect(await project.cutover('up')).toMatchObject({ exitCode: 0, json: { warnings: [] } });
});
afterAll(() => project?.destroy());

const pack = () => path.join(project.dir, 'policies', 'live-promotion');
const write = (text: string) =>
  writeFileSync(path.join(project.dir, 'dist', 'policies', 'live-promotion', 'index.js'), text);
const policy = (body: string) => `const { PolicyPack } = require('@pulumi/policy');
new PolicyPack('live-promotion', { policies: [
  { name: 'x', description: 'x', enforcementLevel: 'mandatory', validateResource() { ${body} } },
] });`;

describe('a pack', () => {
  it.each<[string, () => void, RegExp]>([
    ['that throws while it is loaded', () => write("throw new Error('broken pack')"), /broken pack/],
    ['whose policy throws', () => write(policy("throw new Error('verifier crashed')")), /verifier crashed/],
    ['that is no pack', () => rmSync(path.join(pack(), 'PulumiPolicy.yaml')), /PulumiPolicy.yaml: no such file/],
  ])('%s does not hold up paper', async (_what, spoil, reason) => {
    spoil();
    const { exitCode, json } = await project.cutover('up');
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ tradingMode: 'paper', changes: [], warnings: [expect.stringMatching(reason)] });
  });

  it('that is no pack lets nothing go live', async () => {
    const before = await project.pids();
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    expect((await project.cutover('up')).exitCode).not.toBe(0);
    expect(await project.pids()).toEqual(before);
    expect((await project.get('backend', '/health')).tradingMode).toBe('paper');
  });
});
