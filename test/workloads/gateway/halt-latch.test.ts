import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, describe, expect } from 'vitest';
import { digestFile } from '../../../posture/digest';
import { HaltLatch } from '../../../workloads/gateway/halt-latch';

const root = mkdtempSync(path.join(tmpdir(), 'latch-'));
let folders = 0;
function makeFolder(): string {
  folders += 1;
  const folder = path.join(root, String(folders));
  mkdirSync(folder);
  return folder;
}
afterAll(() => rmSync(root, { recursive: true }));

const now = Date.UTC(2026, 0, 1);
const halt = { haltedAt: new Date(now).toISOString(), reason: 'drill', by: 'operator' };

describe('halt latch', () => {
  test('is open in a fresh folder, and latched for every reader once latched', () => {
    const folder = makeFolder();
    const latch = new HaltLatch(folder);
    expect(latch.read(now)).toBeNull();
    expect(latch.latch('drill', 'operator', now)).toEqual(halt);
    expect(latch.read(now + 1)).toEqual(halt);
    expect(new HaltLatch(folder).read(now + 1)).toEqual(halt);
  });

  test.prop([fc.option(fc.string({ minLength: 1, maxLength: 200 }), { nil: undefined })])(
    'has one name for every reader: its own, else the digest of its file',
    (id) => {
      const folder = makeFolder();
      const latch = new HaltLatch(folder);
      expect(latch.id()).toBeNull();
      expect(latch.latch('drill', 'operator', now, id)).toEqual(halt);
      expect(latch.id()).toBe(id ?? digestFile(path.join(folder, 'halt.json')));
      latch.latch('another', 'someone', now, 'another name');
      expect(new HaltLatch(folder).id()).toBe(latch.id());
    },
  );

  test('keeps the first halt', () => {
    const folder = makeFolder();
    const latch = new HaltLatch(folder);
    latch.latch('drill', 'operator', now);
    const content = readFileSync(path.join(folder, 'halt.json'), 'utf8');
    expect(latch.latch('another', 'someone', now + 5_000)).toEqual(halt);
    expect(readFileSync(path.join(folder, 'halt.json'), 'utf8')).toBe(content);
  });

  test.prop([fc.nat({ max: 70 })])('is latched when a crash cut the file at any byte', (length) => {
    const folder = makeFolder();
    new HaltLatch(folder).latch('drill', 'operator', now);
    const file = path.join(folder, 'halt.json');
    truncateSync(file, Math.min(length, readFileSync(file).length));
    expect(new HaltLatch(folder).read(now)).not.toBeNull();
  });

  test.prop([fc.oneof(fc.string(), fc.json(), fc.uint8Array())])('is latched by any file of that name', (content) => {
    const folder = makeFolder();
    writeFileSync(path.join(folder, 'halt.json'), content);
    const latch = new HaltLatch(folder);
    expect(latch.read(now)).not.toBeNull();
    expect(latch.latch('drill', 'operator', now)).not.toBeNull();
    expect(readFileSync(path.join(folder, 'halt.json'))).toEqual(Buffer.from(content));
  });

  test('is latched by a folder or a dangling link of that name', () => {
    const withFolder = makeFolder();
    mkdirSync(path.join(withFolder, 'halt.json'));
    expect(new HaltLatch(withFolder).read(now)?.by).toBe('gateway');
    const withLink = makeFolder();
    symlinkSync('/nowhere', path.join(withLink, 'halt.json'));
    expect(new HaltLatch(withLink).read(now)?.by).toBe('gateway');
  });

  test('is latched while its folder is missing or is a file', () => {
    expect(new HaltLatch(path.join(root, 'missing')).read(now)?.by).toBe('gateway');
    const file = path.join(root, 'file');
    writeFileSync(file, '');
    expect(new HaltLatch(file).read(now)?.by).toBe('gateway');
  });

  test('a halt that cannot be written fails, and holds all the same until it can be', () => {
    const folder = makeFolder();
    const latch = new HaltLatch(folder);
    rmSync(folder, { recursive: true });
    expect(() => latch.latch('drill', 'operator', now)).toThrow();
    mkdirSync(folder);
    expect(latch.read(now + 1)).toEqual(halt);
    expect(new HaltLatch(folder).read(now + 1)).toBeNull();
    expect(latch.latch('again', 'operator', now + 2)).toEqual(halt);
    expect(new HaltLatch(folder).read(now + 3)).toEqual(halt);
  });
});
