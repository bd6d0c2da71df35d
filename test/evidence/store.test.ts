import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execaSync } from 'execa';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { generateSigner } from '../../evidence/keys';
import { coSignEvidence, signEvidence } from '../../evidence/sign';
import { evidenceFileName, evidenceFolder, readEvidence, storeCoSigned, storeEvidence } from '../../evidence/store';
import { claimOf } from '../helpers/claims';
import { fault, syncedBy, withFileSystem } from '../helpers/file-system';
import { countLeftOpen } from '../helpers/left-open';
import { makeTrust } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const home = mkdtempSync(path.join(tmpdir(), 'cutover-store-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = path.join(home, `${count++}`, 'main');
});

const trust = makeTrust();
const canary = signEvidence(claimOf('canary'), trust.signers.measure);
const read = () => readEvidence(folder, trust.root);

test('what is stored is read back under its name, and nothing else is left in the folder', () => {
  const file = storeEvidence(folder, canary);
  expect(path.basename(file)).toMatch(/^canary-20260102T030405Z-[0-9a-f]{8}\.json$/);
  expect(readdirSync(folder)).toEqual([path.basename(file)]);
  expect(read()).toMatchObject({ evidence: [{ digest: canary.digest, name: path.basename(file) }], rejected: [] });
});

test('a folder that does not exist has no evidence, a file in its place is named', () => {
  expect(read()).toEqual({ evidence: [], rejected: [] });
  mkdirSync(path.dirname(folder), { recursive: true });
  writeFileSync(folder, '');
  expect(read()).toMatchObject({ evidence: [], rejected: [{ code: 'unreadable' }] });
});

test('an evidence is never overwritten', () => {
  const file = storeEvidence(folder, canary);
  writeFileSync(file, 'changed');
  expect(() => storeEvidence(folder, canary)).toThrow(withCode('evidence_exists'));
  expect(() => storeEvidence(folder, canary)).toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ code: 'EEXIST' }) }),
  );
  expect(readFileSync(file, 'utf8')).toBe('changed');
  expect(readdirSync(folder)).toHaveLength(1);
});

test('a copy under another name counts once', () => {
  storeEvidence(folder, canary);
  writeFileSync(path.join(folder, 'copy.json'), canary.envelope);
  expect(read()).toMatchObject({ evidence: [{ digest: canary.digest }], rejected: [] });
});

test('every bad file is named, is waited for by nobody, and spoils no good one', () => {
  storeEvidence(folder, canary);
  const put = (name: string, content = '') => writeFileSync(path.join(folder, name), content);
  put('empty.json');
  put('half.json', canary.envelope.slice(0, 300));
  put('huge.json');
  truncateSync(path.join(folder, 'huge.json'), 1024 ** 3);
  put('stranger.json', signEvidence(claimOf('canary'), makeTrust().signers.measure).envelope);
  mkdirSync(path.join(folder, 'folder.json'));
  symlinkSync('/dev/zero', path.join(folder, 'endless.json'));
  symlinkSync('nowhere', path.join(folder, 'dangling.json'));
  execaSync('mkfifo', [path.join(folder, 'pipe.json')]);
  put('notes.txt', 'not an evidence');
  put('.hidden.json', 'not an evidence');
  const found = read();
  expect(found.evidence.map(({ digest }) => digest)).toEqual([canary.digest]);
  expect(Object.fromEntries(found.rejected.map(({ name, code }) => [name, code]))).toEqual({
    'empty.json': 'malformed',
    'half.json': 'malformed',
    'huge.json': 'too_large',
    'stranger.json': 'unknown_key',
    'folder.json': 'malformed',
    'endless.json': 'malformed',
    'dangling.json': 'unreadable',
    'pipe.json': 'malformed',
  });
});

test('what is rejected says why, by the name of what it is', () => {
  storeEvidence(folder, canary);
  mkdirSync(path.join(folder, 'folder.json'));
  symlinkSync('nowhere', path.join(folder, 'dangling.json'));
  const reasons = Object.fromEntries(read().rejected.map(({ name, reason }) => [name, reason]));
  expect(reasons['folder.json']).toMatch(/expected a file/);
  expect(reasons['dangling.json']).toMatch(/^ENOENT/);
  const file = path.join(folder, path.basename(storedIn(folder)));
  expect(readEvidence(file, trust.root).rejected).toMatchObject([
    { name: file, code: 'unreadable', reason: expect.stringMatching(/^ENOTDIR/) },
  ]);
});

/** The one evidence in a folder. */
const storedIn = (of: string) => readdirSync(of).find((name) => name.startsWith('canary'))!;

test('an envelope of exactly the most bytes is read, a byte more is too large', () => {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, length: number) => writeFileSync(path.join(folder, name), canary.envelope.padEnd(length));
  put('most.json', 256 * 1024);
  put('more.json', 256 * 1024 + 1);
  expect(read()).toMatchObject({
    evidence: [{ name: 'most.json' }],
    rejected: [{ name: 'more.json', code: 'too_large' }],
  });
});

test('the newest come first, by the time in their names and then by the names', () => {
  mkdirSync(folder, { recursive: true });
  const names = ['watch-20260103T000000Z-a.json', 'canary-20260102T000000Z-b.json', 'drill-20260102T000000Z-a.json'];
  for (const name of [...names, 'other.json'].reverse()) writeFileSync(path.join(folder, name), '');
  expect(read().rejected.map(({ name }) => name)).toEqual([...names, 'other.json']);
});

test('different evidence of one folder counts, each once', () => {
  const other = signEvidence(claimOf('canary', { timeScale: 2 }), trust.signers.measure);
  for (const one of [canary, other]) storeEvidence(folder, one);
  expect(new Set(read().evidence.map(({ digest }) => digest))).toEqual(new Set([canary.digest, other.digest]));
});

test('a name is made of kind, time to the second and digest, in the folder of its stack', () => {
  const digest: typeof canary.digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  expect(evidenceFileName({ kind: 'drill', measuredAt: '2026-01-02T03:04:05.678Z', digest })).toBe(
    'drill-20260102T030405Z-01234567.json',
  );
  expect(evidenceFolder('/project/stacks', 'main')).toBe('/project/stacks/evidence/main');
});

test('what is stored is on the disk, with its name, before anybody hears of it', () => {
  mkdirSync(folder, { recursive: true });
  const synced = syncedBy(() => storeEvidence(folder, canary));
  expect(synced).toHaveLength(2);
  expect(synced[0]).toMatch(/\/\.[0-9a-f]{16}\.tmp$/);
  expect(synced[1]).toBe(folder);
});

test('on a full disk nothing is stored, and the disk is what is named', () => {
  const full = () => {
    throw fault('ENOSPC');
  };
  for (const name of ['writeFileSync', 'linkSync'])
    expect(() => withFileSystem({ [name]: full }, () => storeEvidence(folder, canary))).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    );
  expect(readdirSync(folder)).toEqual([]);
});

test('as many bytes as may be are looked at, and not one more', () => {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, length: number) => {
    writeFileSync(path.join(folder, name), '');
    truncateSync(path.join(folder, name), length);
  };
  for (let file = 0; file < 128; file++) put(`a-${1000 + file}.json`, 256 * 1024);
  expect(read().rejected).toHaveLength(128);
  expect(read().rejected.every(({ code }) => code === 'malformed')).toBe(true);
  put('a-0000.json', 1);
  expect(
    read()
      .rejected.map(({ code }) => code)
      .slice(-1),
  ).toEqual(['too_many']);
});

test('a folder that cannot be made is told as the file system tells it, and no handle is left open', () => {
  mkdirSync(path.dirname(folder), { recursive: true });
  writeFileSync(folder, '');
  expect(() => storeEvidence(folder, canary)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(() => storeEvidence(path.join(folder, 'in'), canary)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  rmSync(folder);
  const left = countLeftOpen(() => {
    rmSync(folder, { recursive: true, force: true });
    storeEvidence(folder, canary);
    expect(read().evidence).toHaveLength(1);
  });
  expect(left).toBe(0);
});

test('of too many files the newest are looked at, and the rest is told', () => {
  storeEvidence(folder, canary);
  for (let file = 0; file < 1005; file++) {
    writeFileSync(path.join(folder, `canary-2025${String(file).padStart(4, '0')}T000000Z-00000000.json`), '');
    // The one that is stored makes as many as are looked at.
    if (file === 998) expect(read().rejected.some(({ code }) => code === 'too_many')).toBe(false);
  }
  const found = read();
  expect(found.evidence).toHaveLength(1);
  expect(found.rejected.find(({ code }) => code === 'too_many')).toEqual({
    name: folder,
    code: 'too_many',
    reason: '1006 files; only the newest 1000 are looked at',
  });
  expect(found.rejected).toHaveLength(1000);
});

test('of too many bytes the newest are looked at, within seconds however many signatures there are to try', () => {
  storeEvidence(folder, canary);
  const { payloadType, signatures } = JSON.parse(canary.envelope);
  const eight = Array.from({ length: 8 }, () => signatures[0]);
  const payload = Buffer.alloc(190 * 1024).toString('base64');
  const huge = JSON.stringify({ payloadType, payload, signatures: eight });
  for (let file = 0; file < 140; file++) {
    writeFileSync(path.join(folder, `canary-2025${String(file).padStart(4, '0')}T000000Z-00000000.json`), huge);
  }
  const found = read();
  expect(found.evidence).toHaveLength(1);
  expect(found.rejected.at(-1)).toMatchObject({
    code: 'too_many',
    reason: `more than ${32 * 1024 * 1024} bytes in all; this file and those after it are not looked at`,
  });
  expect(new Set(found.rejected.slice(0, -1).map(({ code }) => code))).toEqual(new Set(['bad_signature']));
});

test('what one more key has signed lies beside what it was, and is the one that is read, whatever its name', () => {
  const three = makeTrust({ keys: { measure: 3 }, thresholds: { measure: 1 } });
  const [first, second, third] = three.signers.measure;
  const signed = signEvidence(claimOf('canary'), [first!]);
  const file = storeEvidence(folder, signed);
  const two = coSignEvidence(readFileSync(file), second!);
  const beside = storeCoSigned(file, two.envelope, two.signatures);
  expect(path.basename(beside)).toBe(path.basename(file).replace('.json', '-signed-2.json'));
  const all = coSignEvidence(readFileSync(beside), third!);
  const last = storeCoSigned(beside, all.envelope, all.signatures);
  expect(path.basename(last)).toBe(path.basename(file).replace('.json', '-signed-3.json'));
  expect(storeCoSigned(beside.replace('-2.json', '-12.json'), two.envelope, 13)).toBe(
    file.replace('.json', '-signed-13.json'),
  );
  expect(() => storeCoSigned(beside, all.envelope, 3)).toThrow(withCode('evidence_exists'));
  expect(readdirSync(folder)).toHaveLength(4);
  // Read before and after those that fewer keys have signed.
  for (const name of ['canary-19990101T000000Z-a.json', 'canary-20990101T000000Z-a.json']) {
    writeFileSync(path.join(folder, name), all.envelope);
    rmSync(last, { force: true });
    const { evidence, rejected } = readEvidence(folder, three.root);
    expect(rejected).toEqual([]);
    expect(evidence).toMatchObject([{ name, keyIds: [first, second, third].map((key) => key!.keyId).sort() }]);
    rmSync(path.join(folder, name));
  }
});

test('of copies that as many keys have signed the newest by name is read', () => {
  const [older, newer] = ['canary-20260102T030405Z-b.json', 'canary-20260103T030405Z-a.json'];
  mkdirSync(folder, { recursive: true });
  for (const name of [older, newer]) writeFileSync(path.join(folder, name!), canary.envelope);
  expect(read().evidence).toMatchObject([{ name: newer }]);
  const other = signEvidence(claimOf('canary'), [...trust.signers.measure, generateSigner()]);
  writeFileSync(path.join(folder, 'canary-20260104T030405Z-a.json'), other.envelope);
  expect(read().evidence).toMatchObject([{ name: 'canary-20260104T030405Z-a.json' }]);
});
