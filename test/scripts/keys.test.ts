import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPrivateKey } from '../../evidence/keys';
import { digestTrustRoot, loadTrustRoot } from '../../evidence/trust-root';
import { readGrounds } from '../../ledger/grounds';
import { listFiles } from '../../scripts/shared/make-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

const passphrase = 'correct horse';
const typed = (first: string, second: string) =>
  [
    [/New passphrase.*: /, `${first}\r`],
    [/The same again: /, `${second}\r`],
  ] as const;
let project: SmallProject;
beforeAll(async () => {
  project = await makeSmallProject();
});
afterAll(() => project.destroy());
const files = () => stackFiles(project.place);

it('is refused without a terminal, whatever the command line says, and makes nothing', async () => {
  const refused = await project.run(['keys', 'init', '--yes', '--json']);
  expect(refused.exitCode).toBe(3);
  expect(JSON.parse(refused.stdout).error.code).toBe('terminal_needed');
  expect(listFiles(files()).filter((file) => existsSync(file))).toEqual([]);
});

it.each([
  ['two passphrases that differ', 'correct horse', 'correct house', 2],
  ['one that is too short', 'short', 'short', 2],
])('refuses %s, and makes nothing', async (_what, first, second, exitCode) => {
  const refused = await project.runAtTerminal(['keys', 'init'], typed(first, second));
  expect(refused.exitCode, refused.screen).toBe(exitCode);
  expect(listFiles(files()).filter((file) => existsSync(file))).toEqual([]);
});

it('makes keys, trust root and ledger, and never shows the passphrase', async () => {
  const made = await project.runAtTerminal(['keys', 'init'], typed(passphrase, passphrase));
  expect(made.exitCode, made.screen).toBe(0);
  expect(made.screen).toContain('stacks/trust-root.main.json');
  expect(made.screen).not.toContain(passphrase);

  const { guardian, measureKey, approverKey, trustRoot, gatewayTrustRoot } = files();
  const root = loadTrustRoot(trustRoot);
  expect(root).toMatchObject({ stack: 'main', account: { venue: 'simulated', id: 'simulated-1' } });
  for (const copy of [guardian.trustRoot, gatewayTrustRoot]) loadTrustRoot(copy, digestTrustRoot(root));
  for (const [role, file, secret] of [
    ['guardian', guardian.key, undefined],
    ['measure', measureKey, undefined],
    ['approver', approverKey, passphrase],
  ] as const) {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Object.keys(root.roles[role].keys)).toEqual([readPrivateKey(file, secret).keyId]);
  }
  expect(readGrounds(files(), Date.now()).ledger).toMatchObject({
    readable: true,
    genesis: root.genesis,
    seq: 0,
    openHalts: [],
    drill: false,
  });
  // The trust root is all that is to be committed.
  expect(readdirSync(path.join(project.dir, 'stacks')).sort()).toEqual(['Pulumi.main.yaml', 'trust-root.main.json']);
});

it('runs once: a second time it names what exists, and changes nothing', async () => {
  const before = listFiles(files()).map((file) => readFileSync(file, 'utf8'));
  const refused = await project.runAtTerminal(['keys', 'init', '--json'], []);
  expect(refused.exitCode).toBe(3);
  for (const file of listFiles(files())) expect(refused.screen).toContain(file);
  expect(listFiles(files()).map((file) => readFileSync(file, 'utf8'))).toEqual(before);
});

it('shows who may sign what', async () => {
  const shown = await project.run(['keys', 'show', '--json']);
  expect(shown.exitCode, shown.stderr).toBe(0);
  expect(JSON.parse(shown.stdout)).toMatchObject({ stack: 'main', problems: [], ledger: { seq: 0, drill: false } });
});

it('says what is missing on the way to live', async () => {
  const refused = await project.run(['verify', '--to', 'live', '--json']);
  expect(refused.exitCode).toBe(3);
  const { verdict, reasons, changes } = JSON.parse(refused.stdout);
  expect(verdict).toBe('refuse');
  expect(changes).toMatchObject([{ dimension: 'mode', direction: 'rise' }]);
  expect(reasons.map(({ proof, code }: Record<string, string>) => `${proof}:${code}`)).toEqual([
    'preflight:missing',
    'snapshot:missing',
    'canary:missing',
    'drill:missing',
    'approval:missing',
  ]);
  expect((await project.run(['verify'])).exitCode).toBe(0);
  const approve = await project.run(['approve', '--yes', '--json']);
  expect(approve.exitCode).toBe(3);
  expect(JSON.parse(approve.stdout).error).toMatchObject({ code: 'not_ready' });
});
