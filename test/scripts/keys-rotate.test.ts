import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readPrivateKey } from '../../evidence/keys';
import { loadTrustRoot } from '../../evidence/trust-root';
import { verifyEvidence } from '../../evidence/verify';
import { appendDraft, readLedger } from '../../ledger/ledger-file';
import { readRootInForce } from '../../ledger/root-in-force';
import { makeKeys } from '../../scripts/shared/make-keys';
import { findKeyFiles, readMeasureSigner } from '../../scripts/shared/role-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { guardianKeyFile } from '../../workloads/guardian/files';
import type { Answer } from '../helpers/pty';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';
import { storeProofs } from '../helpers/store-proofs';

// The story of a stack's keys at the terminal: made, replaced, and shared by two approvers.
const [first, second, bobs] = ['correct horse', 'battery staple', 'bob has his own'];
const opened = (passphrase: string, key = ''): Answer => [
  new RegExp(`Passphrase of the approver's key.*${key}.*: `),
  `${passphrase}\r`,
];
const made = (passphrase: string): Answer[] => [
  [/New passphrase.*: /, `${passphrase}\r`],
  [/The same again: /, `${passphrase}\r`],
];

// Each test runs the verb several times.
vi.setConfig({ testTimeout: 120_000 });

let project: SmallProject;
beforeAll(async () => {
  project = await makeSmallProject();
  const account = { venue: 'simulated', id: 'simulated-1' };
  makeKeys(files(), { stack: 'main', account, passphrase: first, drill: false, now: Date.now() - 60_000 });
});
afterAll(() => project.destroy());

const files = () => stackFiles(project.place);
const root = () => readRootInForce(files());
const keys = (args: string[], ...answers: Answer[]) => project.runAtTerminal(['keys', ...args, '--json'], answers);
const listed = () => readdirSync(path.join(project.dir, 'stacks'), { recursive: true }).map(String).sort();
const approverFile = () => findKeyFiles(files(), 'approver', root())[0]!;
const bob = () => path.join(project.dir, 'bob.key');

it('are replaced at a terminal only, by whoever knows the passphrase; what ends before that changes nothing', async () => {
  const ledger = readFileSync(files().guardian.ledger);
  const before = listed();
  const piped = await project.run(['keys', 'rotate', '--yes', '--json']);
  expect(JSON.parse(piped.stdout).error.code).toBe('terminal_needed');
  const wrong = opened('correct house');
  expect((await keys(['rotate'], wrong, wrong, wrong)).screen).toContain('passphrase_wrong');
  const cancelled = await keys(['rotate'], opened(first), [/New passphrase.*: /, '\u0003']);
  expect(cancelled.exitCode, cancelled.screen).toBe(3);
  expect(readFileSync(files().guardian.ledger)).toEqual(ledger);
  expect(listed()).toEqual(before);
  expect(existsSync(files().pendingRoot)).toBe(false);
});

it('two guardians are refused by name', async () => {
  const refused = await project.run(['keys', 'rotate', '--threshold', 'guardian=2', '--json']);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('the guardian signs online, with one key');
});

it('are all new then, chained to the pinned ones, and no passphrase is shown', async () => {
  const before = root();
  const rotated = await keys(['rotate'], opened(first), ...made(second));
  expect(rotated.exitCode, rotated.screen).toBe(0);
  for (const passphrase of [first, second]) expect(rotated.screen).not.toContain(passphrase);
  const after = root();
  expect(after.version).toBe(2);
  for (const role of ['guardian', 'measure', 'approver'] as const) {
    expect(Object.keys(after.roles[role].keys)).not.toEqual(Object.keys(before.roles[role].keys));
  }
  expect(readPrivateKey(approverFile(), second).keyId).toBe(Object.keys(after.roles.approver.keys)[0]);
  expect(readMeasureSigner(files()).keyId).toBe(Object.keys(after.roles.measure.keys)[0]);
  expect(listed()).toEqual(
    ['Pulumi.main.yaml', 'trust-root.main.json', 'trust-roots', 'trust-roots/main', 'trust-roots/main/1.json'].sort(),
  );
  const shown = JSON.parse((await project.run(['keys', 'show', '--json'])).stdout);
  expect(shown).toMatchObject({ version: 2, problems: [], ledger: { seq: 1 } });
});

it('a committed trust root that is not the one in force is named', async () => {
  renameSync(files().trustRoot, `${files().trustRoot}.kept`);
  const shown = await project.run(['keys', 'show', '--json']);
  renameSync(`${files().trustRoot}.kept`, files().trustRoot);
  expect(shown.exitCode).toBe(4);
  expect(JSON.parse(shown.stdout).problems).toEqual([expect.stringMatching(/^trust_root_missing/)]);
});

it("an approver's key from elsewhere is added, and from then on two have to sign", async () => {
  const pair = await keys(['make', '--role', 'approver', '--out', bob()], ...made(bobs));
  expect(pair.exitCode, pair.screen).toBe(0);
  const add = ['rotate', '--add-approver', `${bob()}.pub`, '--threshold', 'approver=2'];
  const alone = await keys(add, opened(second));
  expect(alone.screen).toContain('"code": "threshold"');
  expect(root().version).toBe(2);
  const both = await keys([...add, '--approver-key', bob()], opened(bobs), opened(second));
  expect(both.exitCode, both.screen).toBe(0);
  expect(root()).toMatchObject({ version: 3, roles: { approver: { threshold: 2 } } });
});

it('what is measured counts once two keys have signed it, where two have to', async () => {
  const ci = path.join(project.dir, 'ci.key');
  expect((await project.run(['keys', 'make', '--role', 'measure', '--out', ci])).exitCode).toBe(0);
  const add = ['rotate', '--add-measure', `${ci}.pub`, '--threshold', 'measure=2', '--approver-key', bob()];
  const added = await keys(add, opened(bobs), opened(second));
  expect(added.exitCode, added.screen).toBe(0);
  const { posture } = JSON.parse((await project.run(['explain', '--to', 'live', '--json'])).stdout);
  const one = readMeasureSigner(files());
  const place = { ledger: files().guardian.ledger, evidence: files().evidence };
  const root1 = loadTrustRoot(files().guardian.trustRoot);
  storeProofs({ ...place, trust: { root: root1, signers: { measure: [one], approver: [] } } }, null, posture, [
    'canary',
  ]);
  const canary = readdirSync(place.evidence).find((name) => name.startsWith('canary'))!;
  const file = path.join(place.evidence, canary);
  expect(verifyEvidence(readFileSync(file), canary, root())).toMatchObject({ code: 'threshold' });
  const coSign = (key: string) => project.run(['keys', 'co-sign', '--evidence', file, '--measure-key', key, '--json']);
  const again = await coSign(findKeyFiles(files(), 'measure', root())[0]!);
  expect(JSON.parse(again.stdout).error.code).toBe('threshold');
  const signed = await coSign(ci);
  expect(signed.exitCode, signed.stderr).toBe(0);
  const { file: whole, lacks } = JSON.parse(signed.stdout);
  expect(lacks).toBe(0);
  expect(verifyEvidence(readFileSync(whole), 'canary', root())).toMatchObject({ kind: 'canary', passed: true });
  const back = await keys(
    ['rotate', '--role', 'measure', '--threshold', 'measure=1', '--approver-key', bob()],
    opened(bobs),
    opened(second),
  );
  expect(back.exitCode, back.screen).toBe(0);
});

it('an approval counts once both have signed it', async () => {
  const { posture } = JSON.parse((await project.run(['explain', '--to', 'live', '--json'])).stdout);
  const signers = { measure: [readMeasureSigner(files())], approver: [readPrivateKey(approverFile(), second)] };
  const trust = { root: loadTrustRoot(files().guardian.trustRoot), signers };
  const place = { trust, ledger: files().guardian.ledger, evidence: files().evidence };
  storeProofs(place, null, posture, ['preflight', 'snapshot', 'canary', 'drill']);
  const reasons = async () => JSON.parse((await project.run(['verify', '--to', 'live', '--json'])).stdout).reasons;
  expect(await reasons()).toMatchObject([{ proof: 'approval', code: 'threshold' }]);
  const one = await project.runAtTerminal(['approve'], [opened(second)]);
  expect(one.exitCode, one.screen).toBe(4);
  expect(one.screen).toContain('cutover approve --co-sign');
  const again = await project.runAtTerminal(
    ['approve', '--co-sign', '--approver-key', approverFile()],
    [opened(second)],
  );
  expect(again.screen).toContain('each counts once');
  expect(await reasons()).toMatchObject([{ proof: 'approval', code: 'threshold' }]);
  const two = await project.runAtTerminal(['approve', '--co-sign', '--approver-key', bob()], [opened(bobs)]);
  expect(two.exitCode, two.screen).toBe(0);
  expect(await reasons()).toEqual([]);
  const nothing = await project.run(['approve', '--co-sign', '--json']);
  expect(JSON.parse(nothing.stdout).error.code).toBe('nothing_to_co_sign');
});

it('an incident is closed by both, not by one', async () => {
  const pinned = loadTrustRoot(files().guardian.trustRoot);
  const { head } = readLedger(files().guardian.ledger, pinned);
  const draft = { kind: 'halt', body: { id: 'a', haltedAt: Date.now(), reason: 'test', by: 'alice' } } as const;
  const guardian = readPrivateKey(guardianKeyFile(files().guardian, root()));
  appendDraft(files().guardian.ledger, pinned, draft, { expected: head, signers: [guardian], now: Date.now() });
  const close = ['incident', 'close', '--cause', 'test', '--action', 'ops: none'];
  const alone = await project.run([...close, '--json']);
  expect(JSON.parse(alone.stdout).error).toMatchObject({ code: 'threshold' });
  const twice = await project.runAtTerminal(
    [...close, '--approver-key', approverFile(), bob()],
    [opened(second), opened(bobs)],
  );
  expect(twice.exitCode, twice.screen).toBe(0);
  expect(readLedger(files().guardian.ledger, pinned).openHalts).toEqual([]);
});
