import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, describe, expect } from 'vitest';
import { digestBytes } from '../../../posture/digest';
import { HaltLatch } from '../../../workloads/gateway/halt-latch';
import { LiveDisk } from '../../../workloads/gateway/live-disk';

const root = mkdtempSync(path.join(tmpdir(), 'live-disk-'));
afterAll(() => rmSync(root, { recursive: true }));

const pins = { account: { venue: 'simulated', id: 'sim-1' }, stack: 'main', genesis: digestBytes('genesis') };
const now = Date.UTC(2026, 0, 1);

function open(folder = mkdtempSync(path.join(root, 'one-'))) {
  const latch = new HaltLatch(folder);
  return { folder, latch, disk: new LiveDisk(folder, latch, pins) };
}

describe('the disk of the live path', () => {
  test('begins at the genesis, with no token and no halt', () => {
    expect(open().disk.load()).toEqual({ token: 0, ledger: { seq: 0, head: pins.genesis }, halts: [] });
  });

  test.prop([fc.nat(), fc.nat(), fc.uniqueArray(fc.string(), { maxLength: 5 })])(
    'gives back what was written last',
    (token, seq, halts) => {
      const { folder, disk } = open();
      disk.writePermit(1, { seq: 1, head: digestBytes('before') });
      disk.writePermit(token, { seq, head: digestBytes('head') });
      disk.writeHalts(halts, now);
      expect(open(folder).disk.load()).toEqual({ token, ledger: { seq, head: digestBytes('head') }, halts });
    },
  );

  test.prop([fc.nat({ max: 150 })])('never starts again from 0 when its mark was cut at any byte', (length) => {
    const { folder, disk } = open();
    disk.writePermit(5, { seq: 2, head: digestBytes('head') });
    const file = path.join(folder, 'permit-state.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, Math.min(length, text.length - 2)));
    expect(() => open(folder).disk.load()).toThrow();
  });

  test.prop([fc.oneof(fc.string(), fc.json())])('counts a list of halts that cannot be read as a halt', (text) => {
    const { folder, disk } = open();
    writeFileSync(path.join(folder, 'halts.json'), text);
    expect(disk.load().halts).toEqual(['unreadable-halts']);
  });

  test('refuses the mark of another ledger', () => {
    const { folder, disk } = open();
    disk.writePermit(5, { seq: 2, head: digestBytes('head') });
    const other = new LiveDisk(folder, new HaltLatch(folder), { ...pins, genesis: digestBytes('other') });
    expect(() => other.load()).toThrow('expected ledger');
  });

  test('sets the latch file aside when its halt is closed, and keeps one that nobody has closed', () => {
    const { folder, latch, disk } = open();
    latch.latch('drill', 'operator', now, 'one');
    expect(disk.load().halts).toEqual(['one']);
    disk.writeHalts(['one', 'two'], now);
    disk.writeHalts(['two'], now);
    expect(existsSync(latch.file)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('halt-closed-'))).toHaveLength(1);
    // Latched by an operator between two looks: what is written of the others must not open it.
    latch.latch('again', 'operator', now);
    disk.writeHalts([], now);
    expect(latch.read(now)).toMatchObject({ reason: 'again' });
    expect(open(folder).disk.load().halts).toEqual([latch.id()]);
  });
});
