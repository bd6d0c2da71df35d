import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { set } from '../../helpers/project';
import { makeReadyProject, type ReadyProject } from '../../helpers/ready-project';

// Attack 26 on the real engine: a pack that is emptied, made advisory or waived lets nothing go live, and holds up no
// fall. That a pack's sources are whole is held by test/policies/packs.test.ts.
let ready: ReadyProject;
const built = (pack: string) => path.join(ready.project.dir, 'dist', 'policies', pack, 'index.js');
const described = (pack: string) => path.join(ready.project.dir, 'policies', pack, 'PulumiPolicy.yaml');
const whole = new Map<string, Buffer>();

beforeAll(async () => {
  ready = await makeReadyProject();
  for (const pack of ['live-promotion', 'workload-safety'])
    for (const file of [built(pack), described(pack)]) whole.set(file, readFileSync(file));
  ready.project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
});
afterEach(() => {
  for (const [file, content] of whole) writeFileSync(file, content);
});
afterAll(() => ready?.project.destroy());

const replace = (file: string, from: RegExp | string, to: string) =>
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to));
const empty = (pack: string) =>
  writeFileSync(
    built(pack),
    `const { PolicyPack } = require('@pulumi/policy'); new PolicyPack('${pack}', { policies: [] });`,
  );

describe('26: a pack', { timeout: 900_000 }, () => {
  it.each<[string, () => void, RegExp]>([
    ['that is emptied', () => empty('live-promotion'), /none of refuse-live-posture, refuse-live-workload/],
    ['that is emptied, the other', () => empty('workload-safety'), /none of confine-venue-credentials/],
    [
      'that is made advisory',
      () => replace(built('live-promotion'), /(["'`])mandatory\1/g, '"advisory"'),
      /none of refuse-live-posture/,
    ],
    [
      'whose policies are waived by a config',
      () =>
        replace(built('live-promotion'), /(PolicyPack\(.live-promotion., ?\{[^}]*\})\)/g, '$1, { all: "advisory" })'),
      /expected no config/,
    ],
    [
      'of other code with the same policies',
      () => replace(built('live-promotion'), /$/g, '\n'),
      /expected the code that was built/,
    ],
    [
      'that leads elsewhere',
      () => replace(described('workload-safety'), /$/g, '\nmain: elsewhere'),
      /PulumiPolicy.yaml: expected/,
    ],
  ])('%s lets nothing go live', async (_what, spoil, reason) => {
    spoil();
    const refused = await ready.refuse('up');
    expect(refused).toContain('pack_changed');
    expect(refused).toMatch(reason);
    expect(await ready.mode()).toBe('paper');
  });

  it('that is as shipped lets a workload that is not safe go nowhere either', async () => {
    // One that every address may reach: the config cannot ask for it, so the program is changed.
    const file = path.join(ready.project.dir, 'dist', 'index.js');
    const program = readFileSync(file);
    replace(file, 'host: processHost', 'host: "0.0.0.0"');
    const refused = await ready.refuse('up');
    writeFileSync(file, program);
    expect(refused).toContain('hide-admin-endpoints');
    expect(await ready.mode()).toBe('paper');
  });

  it('that is as shipped lets what is proved go live', async () => {
    const up = await ready.project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(await ready.mode()).toBe('live');
    const permit = async () => (await ready.project.get('gateway', '/health')).permit.state;
    await expect.poll(permit, { timeout: 60_000, interval: 100 }).toBe('held');
  });

  it('that is emptied holds up no fall', async () => {
    empty('live-promotion');
    empty('workload-safety');
    ready.project.configure('Smaller orders', (config) => set(config, ['risk', 'maxOrderUsd'], 10));
    expect(await ready.project.cutover('up')).toMatchObject({ exitCode: 0 });
    expect(await ready.mode()).toBe('live');
    ready.project.configure('Back to paper', (config) => set(config, 'tradingMode', 'paper'));
    expect(await ready.project.cutover('up')).toMatchObject({ exitCode: 0 });
    expect(await ready.mode()).toBe('paper');
  });
});
