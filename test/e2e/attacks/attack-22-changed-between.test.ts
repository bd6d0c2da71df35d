import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { set } from '../../helpers/project';
import { makeReadyProject, type ReadyProject } from '../../helpers/ready-project';

// Attack 22 on the real engine: what a preview allowed is not what is applied. Code, config and the engine's state are
// changed one after the other between preview and up; nothing of it changes what runs, and without the change it passes.
let ready: ReadyProject;
beforeAll(async () => {
  ready = await makeReadyProject();
  ready.project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
  const preview = await ready.project.cutover('preview');
  expect(preview.exitCode, preview.stderr).toBe(0);
});
afterAll(() => ready?.project.destroy());

describe('22: between the preview that was allowed and the up', { timeout: 900_000 }, () => {
  it('code that changed is refused', async () => {
    const file = path.join(ready.project.dir, 'dist', 'workloads', 'backend', 'server.js');
    const code = readFileSync(file);
    appendFileSync(file, '\n// and one line more\n');
    expect(await ready.refuse('up')).toContain('other_target');
    writeFileSync(file, code);
    expect(await ready.mode()).toBe('paper');
  });

  it('config that changed is refused', async () => {
    ready.project.configure('And a larger order', (config) => set(config, ['risk', 'maxOrderUsd'], 1_001));
    expect(await ready.refuse('up')).toContain('other_target');
    expect(await ready.mode()).toBe('paper');
  });

  it('state that says the larger order was live before is no excuse for it', async () => {
    const { json } = await ready.project.pulumi('stack', 'export', '--stack', 'main');
    for (const { type, inputs, outputs } of json.deployment.resources) {
      if (type !== 'cutover:index:Posture') continue;
      for (const value of [inputs, outputs]) {
        value.posture.tradingMode = 'live';
        value.posture.risk.maxOrderUsd = 2_000;
      }
    }
    const file = path.join(ready.project.dir, '.git', 'edited-state.json');
    writeFileSync(file, JSON.stringify(json));
    const imported = await ready.project.pulumi('stack', 'import', '--stack', 'main', '--file', file);
    expect(imported.exitCode, imported.stderr).toBe(0);
    expect(await ready.refuse('up')).toContain('other_target');
    expect(await ready.mode()).toBe('paper');
    ready.project.git('revert', '--no-edit', 'HEAD');
  });

  it('nothing that changed is allowed', async () => {
    const up = await ready.project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(await ready.mode()).toBe('live');
  });
});
