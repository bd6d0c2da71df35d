import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { echoLogs } from '../../../workloads/orchestrator/echo-logs';

let folder: string;
let said: string[];
let end: () => void;
const file = (name: string) => path.join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-echo-'));
  said = [];
  writeFileSync(file('old.log'), 'before\n');
  end = echoLogs([file('old.log'), file('new.log')], (lines) => said.push(lines.toString()));
});
afterEach(() => {
  end();
  rmSync(folder, { recursive: true });
});

it('repeats what is added, whole lines only, and nothing twice', async () => {
  appendFileSync(file('old.log'), 'one\ntw');
  await expect.poll(() => said).toEqual(['one\n']);
  appendFileSync(file('old.log'), 'o\n');
  writeFileSync(file('new.log'), 'first\n');
  await expect.poll(() => said.toSorted()).toEqual(['first\n', 'one\n', 'two\n']);
});

it('begins anew with a file that does', async () => {
  writeFileSync(file('old.log'), 'a\n');
  await expect.poll(() => said).toEqual(['a\n']);
});

it('repeats at its end what came last', () => {
  appendFileSync(file('old.log'), 'last\n');
  end();
  expect(said).toEqual(['last\n']);
});
