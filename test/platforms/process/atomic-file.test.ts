import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { writeAtomically } from '../../../platforms/process/atomic-file';
import { bundleEntry } from '../../helpers/bundle';

const root = mkdtempSync(path.join(tmpdir(), 'cutover-atomic-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('writeAtomically', () => {
  test.prop([fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 })])(
    'leaves the last content and nothing else',
    (contents) => {
      const folder = path.join(root, 'new', 'folders');
      for (const content of contents) writeAtomically(path.join(folder, 'file'), content);
      expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe(Buffer.from(contents.at(-1)!).toString());
      expect(readdirSync(folder)).toEqual(['file']);
    },
  );

  it('gives the file the mode that is asked for', () => {
    const file = path.join(root, 'secret');
    writeAtomically(file, 'x', 0o600);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('keeps the former content when the new one cannot take its place', () => {
    const taken = path.join(root, 'taken');
    mkdirSync(taken);
    expect(() => writeAtomically(taken, 'x')).toThrow();
    expect(readdirSync(taken)).toEqual([]);
  });

  it('never lets a reader see half of it, however the writer dies', async () => {
    const file = path.join(root, 'torn');
    const writer = fork(await bundleEntry('test/fixtures/atomic-writer.ts'), [file], { stdio: 'ignore' });
    await once(writer, 'message');
    const seen = new Set<string>();
    for (let look = 0; look < 300; look += 1) seen.add(readFileSync(file, 'utf8'));
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    seen.add(readFileSync(file, 'utf8'));
    for (const text of seen) {
      expect(new Set(text).size).toBe(1);
      expect(text).toHaveLength(1_000_000);
    }
  });
});
