import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NotAFileError, readBoundedFile } from '../../evidence/bounded-file';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-bounded-'));
  file = path.join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (maxBytes: number) => Buffer.from(readBoundedFile(file, maxBytes)).toString();

test('a file is read whole up to its most bytes, and a byte further where it is larger', () => {
  writeFileSync(file, '12345');
  expect([read(6), read(5), read(4), read(0)]).toEqual(['12345', '12345', '12345', '1']);
  writeFileSync(file, '');
  expect(read(5)).toBe('');
  truncateSync(file, 1024 ** 3);
  expect(readBoundedFile(file, 10)).toHaveLength(11);
});

test('what is no file is refused, and not waited for', () => {
  mkdirSync(file);
  expect(() => read(5)).toThrow(NotAFileError);
  rmSync(file, { recursive: true });
  execaSync('mkfifo', [file]);
  expect(() => read(5)).toThrow(NotAFileError);
  file = '/dev/zero';
  expect(() => read(5)).toThrow(NotAFileError);
});

test('what is not there is said by the file system', () => {
  expect(() => read(5)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
