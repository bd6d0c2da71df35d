import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { digestBytes } from '../../../posture/digest';
import type { Posture } from '../../../posture/posture';
import { checkPacks, findFaults } from '../../../scripts/shared/check-packs';
import { expectedPolicies } from '../../../scripts/shared/expected-policies';
import { stackFiles } from '../../../scripts/shared/stack-files';
import { livePosture } from '../../helpers/ledger';
import { paperPosture } from '../../helpers/posture';
import { ReadyStack } from '../../helpers/ready-stack';

// Attack 26: what `cutover up` sees of a pack before it starts the engine.
const folder = mkdtempSync(path.join(tmpdir(), 'cutover-packs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const name = 'live-promotion';
const policies = (level: string, names: readonly string[] = expectedPolicies[name]) =>
  names.map((one) => `{ name: '${one}', enforcementLevel: '${level}' }`).join(', ');
const code = (list: string, more = '') =>
  `const { PolicyPack } = require('@pulumi/policy'); new PolicyPack('${name}', { policies: [${list}] }${more});`;
const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
const faults = (digest = digestBytes(readFileSync(path.join(folder, 'index.js')))) =>
  findFaults(name, folder, { [name]: digest });

beforeEach(() => {
  mkdirSync(folder, { recursive: true });
  write('PulumiPolicy.yaml', 'runtime: nodejs\ndescription: any\n');
  write('package.json', '{ "main": "index.js" }');
  write('index.js', code(policies('mandatory')));
});

describe('26: a pack', () => {
  it('as it was shipped has no fault', () => {
    expect(faults()).toEqual([]);
    expect(findFaults(name, folder, {})).toEqual([]);
  });

  it('may hold more than it was shipped with', () => {
    write('index.js', code(`${policies('mandatory')}, { name: 'more', enforcementLevel: 'advisory' }`));
    expect(faults()).toEqual([]);
  });

  it.each([
    ['that is emptied', '', '', /none of refuse-live-posture, refuse-live-workload/],
    ['that lacks one', policies('mandatory', ['refuse-live-posture']), '', /none of refuse-live-workload/],
    ['that is advisory', policies('advisory'), '', /none of refuse-live-posture/],
    ['that is disabled', policies('disabled'), '', /none of refuse-live-posture/],
    ['that names no level', "{ name: 'refuse-live-posture' }", '', /none of refuse-live-posture/],
    ['that is waived', policies('mandatory'), ", { 'refuse-live-posture': 'advisory' }", /expected no config/],
  ])('%s is found out', (_what, list, more, fault) => {
    write('index.js', code(list, more));
    expect(faults().join()).toMatch(fault);
  });

  it('of other code is found out', () => {
    expect(faults(digestBytes('other')).join()).toMatch(/expected the code that was built/);
  });

  it.each([
    ['PulumiPolicy.yaml', 'runtime: nodejs\nmain: other.js\n', /received runtime,main/],
    ['PulumiPolicy.yaml', 'runtime: python\n', /expected runtime: nodejs/],
    ['PulumiPolicy.yaml', '[', /cannot be read/],
    ['package.json', '{ "main": "gone.js" }', /./],
    ['index.js', "throw new Error('broken pack');", /broken pack/],
    ['index.js', '', /received 0/],
    ['index.js', `${code('')}\n${code('')}`.replaceAll('const', 'var'), /received 2/],
    ['index.js', code(policies('mandatory')).replace(name, 'other'), /expected its own name, received other/],
  ])('with %s of %j is found out', (file, text, fault) => {
    const digest = digestBytes(readFileSync(path.join(folder, 'index.js')));
    write(file, text);
    if (file === 'package.json') write('index.js', code(''));
    expect(faults(digest).join()).toMatch(fault);
  });
});

describe('26: with packs that are gone', () => {
  const home = path.join(folder, 'home');
  const place = { stack: 'main', projectDir: home, home };
  const check = (posture: Posture) => () => checkPacks(posture, place, path.join(folder, 'gone'));
  const refused = expect.objectContaining({ code: 'pack_changed', exitCode: 3 });

  it('nothing goes live, and everything to paper', () => {
    expect(check(livePosture)).toThrow(refused);
    expect(check(paperPosture)).not.toThrow();
  });

  it('what was granted stays and falls, also where the ledger cannot be read; what rises is refused', () => {
    const stack = new ReadyStack(undefined, Date.now());
    try {
      const { guardianData } = stackFiles(place);
      mkdirSync(path.dirname(guardianData), { recursive: true });
      symlinkSync(stack.folder, guardianData);
      stack.prove();
      stack.grant();
      const limits = (maxOrderUsd: number) => ({ ...livePosture, risk: { ...livePosture.risk, maxOrderUsd } });
      expect(check(livePosture)).not.toThrow();
      expect(check(limits(livePosture.risk.maxOrderUsd / 2))).not.toThrow();
      expect(check(limits(livePosture.risk.maxOrderUsd * 2))).toThrow(refused);
      // Then nothing is granted, so that nothing can rise.
      writeFileSync(stack.files.ledger, 'garbage\n');
      expect(check(limits(livePosture.risk.maxOrderUsd / 2))).not.toThrow();
    } finally {
      stack.destroy();
    }
  });
});
