import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataDir, logFile } from '../../platforms/process/home';
import { makeKeys } from '../../scripts/shared/make-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { OrderStore } from '../../workloads/gateway/order-store';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

let project: SmallProject;
beforeAll(async () => {
  project = await makeSmallProject();
});
afterAll(() => project.destroy());

const run = async (...args: string[]) => {
  const { exitCode, stdout } = await project.run(['report', ...args, '--json']);
  return { exitCode, json: JSON.parse(stdout) };
};

it('says what a stack without keys and record has not', async () => {
  const { exitCode, json } = await run();
  expect(exitCode).toBe(0);
  expect(json.file).toBe(path.join(project.dir, 'cutover-report-main.html'));
  expect(readFileSync(json.file)).toHaveLength(json.bytes);
  const texts = json.findings.map(({ text }: { text: string }) => text).join('\n');
  for (const missing of ['cutover keys init', 'gateway.db', 'trader.db', 'logged']) expect(texts).toContain(missing);
});

it('shows what the stack keeps, whatever lies in it, and no key', async () => {
  const files = stackFiles(project.place);
  const account = { venue: 'simulated', id: 'simulated-1' };
  makeKeys(files, { stack: 'main', account, passphrase: 'correct horse', drill: false, now: Date.now() - 60_000 });
  const folder = dataDir(project.place, 'gateway');
  mkdirSync(folder, { recursive: true });
  const store = new OrderStore(path.join(folder, 'gateway.db'));
  store.addRefusal({ mode: 'live' }, { code: 'permit_required', message: 'no' }, '', Date.now());
  store.close();
  const log = logFile(project.place, 'backend');
  mkdirSync(path.dirname(log), { recursive: true });
  writeFileSync(log, `${JSON.stringify({ level: 'ERROR', time: new Date().toISOString(), msg: 'x' })}\n`);

  const out = path.join(project.dir, 'deep', 'page.html');
  const { exitCode, json } = await run('--out', out);
  expect(exitCode).toBe(0);
  const page = readFileSync(out, 'utf8');
  for (const shown of ['In paper', 'permit_required', '1 error line', 'keys and ledger were made'])
    expect(page).toContain(shown);
  expect(json.findings).toEqual([
    { severity: 'warn', section: 'latency', text: 'Not shown: there is no trader.db yet' },
  ]);
  const key = readFileSync(files.guardian.key, 'utf8').split('\n')[1]!;
  expect(page).not.toContain(key);
});

it('leaves nothing behind where it cannot write, and knows no other stack', async () => {
  const file = path.join(project.dir, 'taken');
  mkdirSync(file);
  writeFileSync(path.join(file, 'x'), '');
  expect(await run('--out', file)).toMatchObject({ exitCode: 2, json: { error: { code: 'unwritable' } } });
  expect(readdirSync(project.dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect((await run('--stack', 'other')).exitCode).toBe(2);
  expect(existsSync(path.join(project.dir, 'cutover-report-other.html'))).toBe(false);
});
