import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeBackSalt, withoutSalt } from '../config-salt';

const plain = '# a comment\nconfig:\n  cutover:tradingMode: paper\n';
const salted = `${plain}encryptionsalt: v1:abc=:v1:def:ghi==\n`;
const told = { PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true' };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-salt-'));
  file = path.join(folder, 'Pulumi.main.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: string[]): void {
  const who = ['-c', 'user.name=Operator', '-c', 'user.email=operator@example.com'];
  execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore' });
}

function commit(text: string): void {
  writeFileSync(file, text);
  git('init');
  git('add', '--all');
  git('commit', '--message', 'Config');
}

/** The file after the engine has added its salt to `text` and the program has run. */
function after(text: string, environment: NodeJS.ProcessEnv = told): string {
  writeFileSync(file, text);
  takeBackSalt(file, folder, environment);
  return readFileSync(file, 'utf8');
}

test('a config without its salt is otherwise the same', () => {
  expect(withoutSalt(salted)).toBe(plain);
  expect(withoutSalt(plain)).toBe(plain);
  expect(withoutSalt(`encryptionsalt: v1\n${plain}`)).toBe(plain);
});

test('the salt goes, and what the operator has changed stays', () => {
  commit(plain);
  expect(after(salted)).toBe(plain);
  expect(after(salted.replace('paper', 'live'))).toBe(plain.replace('paper', 'live'));
});

test('a salt that is committed stays', () => {
  commit(salted);
  expect(after(salted)).toBe(salted);
});

test('a salt stays where there is no commit, or the engine does not look for it in the state', () => {
  expect(after(salted)).toBe(salted);
  commit(plain);
  expect(after(salted, {})).toBe(salted);
});

test('a file that is not there is nothing to complain of', () => {
  expect(() => takeBackSalt(file, folder, told)).not.toThrow();
});
