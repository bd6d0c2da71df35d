import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { readPrivateKey } from '../../../evidence/keys';
import { digestTrustRoot, loadTrustRoot } from '../../../evidence/trust-root';
import { readChain, readPinnedRoot } from '../../../ledger/root-in-force';
import { createProcessOperations } from '../../../platforms/process/operations';
import { makeKeys } from '../../../scripts/shared/make-keys';
import { findKeyFiles, readMeasureSigner } from '../../../scripts/shared/role-keys';
import { beginRotation, finishRotation, type RotationPlan, readPending } from '../../../scripts/shared/rotate-keys';
import { type StackFiles, stackFiles } from '../../../scripts/shared/stack-files';
import { readTrust } from '../../../workloads/guardian/trust';

// What changes files, until the process dies: from then on nothing of it does anything.
const life = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const real = await original<Record<string, (...args: unknown[]) => unknown>>();
  const changing = ['writeFileSync', 'renameSync', 'mkdirSync', 'rmSync', 'openSync', 'writeSync', 'fsyncSync'];
  const mortal = (name: string) => [
    name,
    (...args: unknown[]) => {
      if (life.left <= 0) throw new Error('killed');
      life.left -= 1;
      return real[name]!(...args);
    },
  ];
  const all = { ...real, ...Object.fromEntries(changing.map(mortal)) };
  return { ...all, default: all };
});

const [old, fresh] = ['correct horse', 'battery staple'];
const all: RotationPlan = {
  roles: ['guardian', 'measure', 'approver'],
  passphrases: [fresh],
  added: {},
  thresholds: {},
};
const folders: string[] = [];
afterEach(() => {
  life.left = Number.POSITIVE_INFINITY;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function makeStack() {
  const projectDir = mkdtempSync(path.join(tmpdir(), 'cutover-rotate-'));
  folders.push(projectDir);
  const place = { stack: 'main', projectDir, home: path.join(projectDir, '.cutover') };
  const files = stackFiles(place);
  const account = { venue: 'simulated', id: 'simulated-1' };
  makeKeys(files, { stack: 'main', account, passphrase: old, drill: false, now: Date.now() - 1_000 });
  return { files, operations: createProcessOperations(place), projectDir };
}
type Stack = ReturnType<typeof makeStack>;

const chainOf = (files: StackFiles) => readChain(files, readPinnedRoot(files));
const trustOf = (files: StackFiles) => readTrust(files.guardian, 'main', () => chainOf(files).trustRoot);

/** As the verb does it: what was begun is completed, else it is begun. */
async function rotate({ files, operations }: Stack, plan = all): Promise<void> {
  const current = chainOf(files).trustRoot;
  const approver = () =>
    readPrivateKey(findKeyFiles(files, 'approver', current)[0]!, current.version === 1 ? old : fresh);
  if (!readPending(files)) beginRotation(files, current, plan, [approver()]);
  await finishRotation(operations, files);
}

/** By whichever trust root is in force, everybody has the key that it knows. */
function expectWorking({ files }: Stack): number {
  const { trustRoot } = chainOf(files);
  expect(trustOf(files)).toMatchObject({ ok: true });
  const approver = readPrivateKey(
    findKeyFiles(files, 'approver', trustRoot)[0]!,
    trustRoot.version === 1 ? old : fresh,
  );
  expect(Object.keys(trustRoot.roles.approver.keys)).toEqual([approver.keyId]);
  expect(Object.keys(trustRoot.roles.measure.keys)).toEqual([readMeasureSigner(files).keyId]);
  return trustRoot.version;
}

it('killed before any of its changes, what was before works or the new is complete with the next call', async () => {
  const left = new Set<number>();
  for (let steps = 0; ; steps += 1) {
    const stack = makeStack();
    life.left = steps;
    const done = await rotate(stack).then(
      () => true,
      () => false,
    );
    life.left = Number.POSITIVE_INFINITY;
    left.add(expectWorking(stack));
    if (done) break;
    await rotate(stack);
    expect(expectWorking(stack), `killed before change ${steps + 1}`).toBe(2);
    expect(readPending(stack.files)).toBeNull();
    const { trustRoot } = chainOf(stack.files);
    loadTrustRoot(stack.files.trustRoot, digestTrustRoot(trustRoot));
    loadTrustRoot(path.join(stack.files.earlierRoots, '1.json'), digestTrustRoot(readPinnedRoot(stack.files)));
    rmSync(stack.projectDir, { recursive: true });
  }
  expect([...left].sort()).toEqual([1, 2]);
}, 120_000);

it('leaves private keys in their own files alone, and no passphrase anywhere', async () => {
  const stack = makeStack();
  await rotate(stack);
  const texts = readdirSync(stack.projectDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, text: readFileSync(path.join(entry.parentPath, entry.name), 'latin1') }));
  const keys = texts.filter(({ text }) => text.includes('PRIVATE KEY')).map(({ name }) => name);
  expect(keys.every((name) => /^(guardian|measure|approver)(-[0-9a-f]{16})?\.key$/.test(name))).toBe(true);
  expect(keys).toHaveLength(6);
  const secrets = texts
    .filter(({ name }) => keys.includes(name))
    .map(({ text }) => text.split('\n').find((line) => line.length > 40 && !line.startsWith('-----'))!);
  for (const { name, text } of texts) {
    for (const secret of [old, fresh, ...(keys.includes(name) ? [] : secrets)])
      expect(text, name).not.toContain(secret);
  }
  const approvers = texts.filter(({ name }) => name.startsWith('approver'));
  for (const { text } of approvers) expect(text).toContain('ENCRYPTED');
});

it('replaces the keys of the roles that it is asked for, and only those', async () => {
  const stack = makeStack();
  const before = chainOf(stack.files).trustRoot.roles;
  await rotate(stack, { ...all, roles: ['measure'], passphrases: [] });
  const after = chainOf(stack.files).trustRoot.roles;
  expect(after.guardian).toEqual(before.guardian);
  expect(after.approver).toEqual(before.approver);
  expect(Object.keys(after.measure.keys)).not.toEqual(Object.keys(before.measure.keys));
});

it.each<[string, string, Partial<RotationPlan>]>([
  ['more signatures than keys', 'trust_root_malformed', { thresholds: { approver: 2 } }],
  ['two guardians to sign', 'trust_root_malformed', { thresholds: { guardian: 2 } }],
  ['a passphrase that is too short', 'passphrase_short', { passphrases: ['short'] }],
])('is refused for %s, and writes nothing', async (_, code, wrong) => {
  const stack = makeStack();
  const listed = () => readdirSync(stack.projectDir, { recursive: true }).sort();
  const before = listed();
  await expect(rotate(stack, { ...all, ...wrong })).rejects.toMatchObject({ code });
  expect(listed()).toEqual(before);
});

it('says by name that two guardians can never sign', async () => {
  const stack = makeStack();
  await expect(rotate(stack, { ...all, thresholds: { guardian: 2 } })).rejects.toMatchObject({
    details: expect.arrayContaining([expect.stringContaining('the guardian signs online, with one key')]),
  });
});

it('puts no trust root in force over a guardian without its key, and goes on once it has it', async () => {
  const stack = makeStack();
  const { files } = stack;
  const current = chainOf(files).trustRoot;
  const next = beginRotation(files, current, all, [readPrivateKey(files.approverKey, old)]);
  const [id] = Object.keys(next.roles.guardian.keys);
  const key = path.join(files.guardianData, `guardian-${id!.slice(0, 16)}.key`);
  const bytes = readFileSync(key);
  rmSync(key);
  await expect(finishRotation(stack.operations, files)).rejects.toMatchObject({ code: 'key_missing' });
  expect(expectWorking(stack)).toBe(1);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(key, bytes, { mode: 0o600 });
  await finishRotation(stack.operations, files);
  expect(expectWorking(stack)).toBe(2);
});
