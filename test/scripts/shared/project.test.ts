import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CutoverError } from '../../../errors';
import { findProject } from '../../../scripts/shared/project';

const root = mkdtempSync(path.join(tmpdir(), 'cutover-find-'));
const project = path.join(root, 'trading');
const inside = path.join(project, 'stacks', 'evidence');
beforeAll(() => {
  mkdirSync(inside, { recursive: true });
  writeFileSync(path.join(project, 'Pulumi.yaml'), 'name: cutover\nruntime: nodejs\n');
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true }));

describe('findProject', () => {
  it.each([project, inside])('finds the project from %s', (from) => {
    expect(findProject(from, 'main')).toEqual({
      stack: 'main',
      projectDir: project,
      home: path.join(project, '.cutover'),
      configFile: path.join(project, 'stacks', 'Pulumi.main.yaml'),
    });
  });

  it('keeps state and data where CUTOVER_HOME says', () => {
    vi.stubEnv('CUTOVER_HOME', path.join(root, 'elsewhere'));
    expect(findProject(project, 'main').home).toBe(path.join(root, 'elsewhere'));
  });

  it('looks past the projects of others', () => {
    const other = path.join(inside, 'other');
    mkdirSync(other);
    for (const text of ['name: other', '', '- a list', 'just text']) {
      writeFileSync(path.join(other, 'Pulumi.yaml'), text);
      expect(findProject(other, 'main').projectDir).toBe(project);
    }
    rmSync(other, { recursive: true });
  });

  it('says that there is none', () => {
    expect(() => findProject(root, 'main')).toThrow(expect.objectContaining({ code: 'no_project', exitCode: 2 }));
  });

  it('names a Pulumi.yaml that is not YAML', () => {
    const broken = path.join(root, 'broken');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'Pulumi.yaml'), 'name: "cutover');
    expect(() => findProject(broken, 'main')).toThrow(
      expect.objectContaining({
        code: 'invalid_project',
        exitCode: 2,
        message: expect.stringContaining(path.join(broken, 'Pulumi.yaml')),
      }),
    );
  });

  test.prop([fc.oneof(fc.string(), fc.constantFrom('..', '../main', '.', 'a/b', '-x', 'a\n', 'a'.repeat(101), ''))])(
    'takes no stack name that leaves the folder of stacks',
    (stack) => {
      try {
        const { configFile } = findProject(project, stack);
        expect(path.dirname(configFile)).toBe(path.join(project, 'stacks'));
        expect(path.basename(configFile)).toBe(`Pulumi.${stack}.yaml`);
      } catch (error) {
        expect(error).toBeInstanceOf(CutoverError);
        expect(error).toMatchObject({ code: 'invalid_stack', exitCode: 2 });
      }
    },
  );
});
