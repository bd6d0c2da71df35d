import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { set } from '../../helpers/project';
import { makeReadyProject, type ReadyProject } from '../../helpers/ready-project';

// Attack 23 on the real engine: the backend's environment is made from an output that no preview knows, so that no
// policy can judge it there. It is judged by the up, before anything is created.

/** The program as it is shipped, but that the backend's environment waits for an output of the posture. */
const program = `
const fs = require('node:fs');
const path = require('node:path');
const pulumi = require('@pulumi/pulumi');
const late = () => JSON.parse(fs.readFileSync(path.join(process.cwd(), 'late.json'), 'utf8'));
let judged;
class Late extends pulumi.CustomResource {
  constructor(type, name, props, options) {
    if (name === 'posture') super(type, name, { ...props, late: undefined }, options);
    else if (name === 'backend')
      super(type, name, { ...props, environment: judged.late.apply(() => ({ ...props.environment, ...late() })) }, options);
    else super(type, name, props, options);
    if (name === 'posture') judged = this;
  }
}
require.cache[require.resolve('@pulumi/pulumi')].exports = { ...pulumi, CustomResource: Late };
module.exports = require('./dist/index.js');
`;

let ready: ReadyProject;
const inProject = (name: string) => path.join(ready.project.dir, name);
const write = (late: object) => writeFileSync(inProject('late.json'), JSON.stringify(late));

beforeAll(async () => {
  ready = await makeReadyProject(({ dir }) => {
    writeFileSync(path.join(dir, 'late.js'), program);
    writeFileSync(path.join(dir, 'late.json'), '{}');
    const description = path.join(dir, 'package.json');
    writeFileSync(
      description,
      readFileSync(description, 'utf8').replace('"main": "dist/index.js"', '"main": "late.js"'),
    );
  });
  ready.project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
});
afterAll(() => ready?.project.destroy());

describe('23: what a preview cannot know', { timeout: 900_000 }, () => {
  it('passes the preview, and is refused by the up before it is created where it is more than was approved', async () => {
    const before = await ready.project.pids();
    write({ RISK_LIMITS: '{"maxOrderUsd":1000000}' });
    const preview = await ready.project.cutover('preview');
    expect(preview.exitCode, preview.stderr).toBe(0);
    const refused = await ready.refuse('up');
    expect(refused).toContain('would not carry out the posture that was allowed');
    expect(refused).toContain('RISK_LIMITS');
    expect((await ready.project.pids()).backend).toBe(before.backend);
    expect(await ready.mode()).toBe('paper');
  });

  it('is allowed where it is what was approved', async () => {
    write({});
    const up = await ready.project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(await ready.mode()).toBe('live');
  });
});
