import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dockerRecordFile } from '../../platforms/docker/record';
import { createOperations } from '../../platforms/operations';
import { dataDir, logDir, secretFile } from '../../platforms/process/home';
import { workloadNames } from '../../posture/posture';
import { foldersResource } from '../../provider/folders-resource';

const owner =
  process.getuid?.() === 0 ? { uid: 10_001, gid: 10_001 } : { uid: process.getuid!(), gid: process.getgid!() };
const ports = Object.fromEntries(workloadNames.map((name, index) => [name, 20_000 + index]));
let home: string;
let inputs: Record<string, unknown>;
const place = () => ({ home, stack: 'main' });

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'cutover-folders-'));
  const daemon = 'unix:///var/run/docker.sock';
  inputs = { ...place(), daemon, ...owner, ports, secrets: ['venue-key'], shown: [path.join(home, 'evidence')] };
});

afterEach(() => rmSync(home, { recursive: true }));

it('makes folders and secrets for the containers, and says where the stack is', async () => {
  const { id, outs } = await foldersResource.create(inputs);
  expect(id).toBe('main');
  for (const name of workloadNames) {
    expect(statSync(dataDir(place(), name)).uid).toBe(owner.uid);
    expect(statSync(logDir(place(), name)).uid).toBe(owner.uid);
  }
  const secret = statSync(secretFile(place(), 'venue-key'));
  expect([secret.uid, secret.mode & 0o777]).toEqual([owner.uid, 0o600]);
  expect(existsSync(path.join(home, 'evidence'))).toBe(true);
  expect(JSON.stringify(outs)).not.toContain(readFileSync(secretFile(place(), 'venue-key'), 'utf8').trim());
  expect(createOperations({ ...place(), projectDir: home }).sharesProcesses).toBe(false);
  expect(await foldersResource.diff(outs!, inputs)).toEqual({ changes: false });
});

it('sees drift: a folder of somebody else, a record that is gone or another', async () => {
  const { outs } = await foldersResource.create(inputs);
  const look = async () =>
    (await foldersResource.diff((await foldersResource.read('main', outs!)).props!, inputs)).changes;
  expect(await look()).toBe(false);
  rmSync(dataDir(place(), 'backend'), { recursive: true });
  expect(await look()).toBe(true);
  await foldersResource.update(inputs);
  expect(await look()).toBe(false);
  writeFileSync(dockerRecordFile(place()), '{');
  expect(await look()).toBe(true);
  await foldersResource.update(inputs);
  expect(await foldersResource.diff(outs!, { ...inputs, ports: { ...ports, backend: 1 } })).toEqual({ changes: true });
  const elsewhere = { ...inputs, daemon: 'unix:///run/user/1000/docker.sock' };
  expect(await foldersResource.diff(outs!, elsewhere)).toEqual({ changes: true });
});

it('keeps every file when it is deleted; only the stack is no longer on Docker', async () => {
  const { outs } = await foldersResource.create(inputs);
  const database = path.join(dataDir(place(), 'backend'), 'trader.db');
  writeFileSync(database, 'kept');
  await foldersResource.delete(outs!);
  expect(readFileSync(database, 'utf8')).toBe('kept');
  expect(existsSync(secretFile(place(), 'venue-key'))).toBe(true);
  expect(createOperations({ ...place(), projectDir: home }).sharesProcesses).toBe(true);
});
