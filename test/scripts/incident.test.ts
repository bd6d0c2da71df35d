import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSigner, readPrivateKey, writePrivateKey } from '../../evidence/keys';
import { loadTrustRoot } from '../../evidence/trust-root';
import { appendDraft, readLedger } from '../../ledger/ledger-file';
import { declaredDir, logFile, postureFile, stackDir } from '../../platforms/process/home';
import { makeKeys } from '../../scripts/shared/make-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { HaltLatch } from '../../workloads/gateway/halt-latch';
import type { Answer } from '../helpers/pty';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

const passphrase = 'correct horse';
const prompt = /Passphrase of the approver's key.*: /;
const right: Answer = [prompt, `${passphrase}\r`];
const wrong: Answer = [prompt, 'correct house\r'];
const record = ['--cause', 'feed gap', '--action', 'ops: alarm on feed gaps'];
const secret = 'venue-key-that-nobody-sees';
const minute = 60_000;
const haltedAt = Date.now() - 10 * minute;

let project: SmallProject;
beforeAll(async () => {
  project = await makeSmallProject();
});
afterAll(() => project.destroy());

const run = async (...args: string[]) => {
  const { exitCode, stdout } = await project.run(['incident', ...args, '--json']);
  return { exitCode, json: JSON.parse(stdout) };
};
const atTerminal = (args: string[], ...answers: Answer[]) => project.runAtTerminal(['incident', ...args], answers);
const files = () => stackFiles(project.place);
const ledger = () => readFileSync(files().guardian.ledger, 'utf8');

/** As the guardian records it. */
function recordHalt(reason: string): void {
  const root = loadTrustRoot(files().guardian.trustRoot);
  const { head } = readLedger(files().guardian.ledger, root);
  const draft = { kind: 'halt', body: { id: `halt of ${reason}`, haltedAt, reason, by: 'alice' } } as const;
  const signers = [readPrivateKey(files().guardian.key)];
  appendDraft(files().guardian.ledger, root, draft, { expected: head, signers, now: Date.now() });
}

function log(workload: 'backend' | 'orchestrator', lines: [minutes: number, msg: string][]): void {
  const file = logFile(project.place, workload);
  mkdirSync(path.dirname(file), { recursive: true });
  const text = lines.map(([minutes, msg]) =>
    JSON.stringify({ level: 'INFO', time: new Date(haltedAt + minutes * minute).toISOString(), msg }),
  );
  writeFileSync(file, `${text.join('\n')}\n`);
}

/** Everything that an export wrote, by its name. */
const read = (folder: string, names: string[]) =>
  Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));

describe('before there are keys', () => {
  it('there is nothing to list, to close or to export', async () => {
    expect(await run('list')).toMatchObject({ exitCode: 5, json: { error: { code: 'trust_root_missing' } } });
    expect((await run('close', ...record)).json.error.code).toBe('trust_root_missing');
    expect(await run('export')).toMatchObject({ exitCode: 2, json: { error: { code: 'usage' } } });
    expect((await run('expot')).json.error.message).toBe('incident: expected list, export or close, received "expot"');
  });

  it('an export takes the words of the halt from the latch, or the time that it is given', async () => {
    const gateway = path.dirname(files().gatewayTrustRoot);
    mkdirSync(gateway, { recursive: true });
    new HaltLatch(gateway).latch('spread looks wrong', 'alice', haltedAt);
    const { exitCode, json } = await run('export');
    expect(exitCode).toBe(0);
    expect(json.window.from).toBe(new Date(haltedAt - 15 * minute).toISOString());
    expect(read(json.folder, json.files)['postmortem.md']).toContain('halted by alice: spread looks wrong');
    renameSync(path.join(gateway, 'halt.json'), path.join(gateway, 'halt-closed.json'));
    expect((await run('export', '--since', '5')).exitCode).toBe(2);
    expect((await run('export', '--since', new Date(haltedAt).toISOString())).exitCode).toBe(0);
  });
});

describe('a halt', () => {
  beforeAll(() => {
    const account = { venue: 'simulated', id: 'simulated-1' };
    makeKeys(files(), { stack: 'main', account, passphrase, drill: false, now: haltedAt - 60 * minute });
    recordHalt('spread looks wrong');
  });

  it("is listed with its operator's words and name", async () => {
    const { json } = await run('list');
    expect(json.halts).toEqual([
      {
        id: 'halt of spread looks wrong',
        haltedAt: new Date(haltedAt).toISOString(),
        reason: 'spread looks wrong',
        by: 'alice',
      },
    ]);
  });

  it('29: is exported: the logs of its window, what was deployed, the ledger, a postmortem - and no secret', async () => {
    mkdirSync(path.join(stackDir(project.place), 'secrets'), { recursive: true });
    writeFileSync(path.join(stackDir(project.place), 'secrets', 'venue-key'), `${secret}\n`);
    mkdirSync(declaredDir(project.place), { recursive: true });
    writeFileSync(postureFile(project.place), '{"posture": {"model": {"version": "1.0.0"}}}');
    log('backend', [
      [-16, 'too early'],
      [-14, 'just before'],
      [0, `sent with ${secret}`],
    ]);
    log('orchestrator', [[1, 'stopped']]);
    const { json } = await run('export');
    const text = read(json.folder, json.files);
    expect(Object.keys(text).sort()).toEqual([
      'config.yaml',
      'environment.json',
      'ledger.jsonl',
      'logs/backend.log',
      'logs/orchestrator.log',
      'postmortem.md',
    ]);
    expect(text['logs/backend.log']).toMatch(/^.*just before.*\n.*sent with \[secret venue-key\].*\n$/);
    expect(text['logs/orchestrator.log']).toContain('stopped');
    expect(JSON.parse(text['environment.json']!)).toMatchObject({ stack: 'main', declared: {}, runs: {} });
    expect(text['postmortem.md']).toContain('Model version: 1.0.0.');
    expect(text['postmortem.md']).toContain('halted by alice: spread looks wrong');
    const keys = [files().guardian.key, files().measureKey, files().approverKey];
    const secrets = [secret, ...keys.map((file) => readFileSync(file, 'utf8').split('\n')[1]!)];
    const written = readdirSync(json.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
    expect(written.filter((one) => secrets.some((of) => one.includes(of)))).toEqual([]);
  });

  it.each<[string, string[], RegExp]>([
    ['a cause', ['--action', 'ops: test it'], /--cause: expected the root cause/],
    ['action items', ['--cause', 'feed gap'], /--action: expected at least one action item/],
    ['an owner', ['--cause', 'feed gap', '--action', 'test it'], /--action: expected "owner: what"/],
  ])('is not closed without %s', async (_what, args, reason) => {
    const before = ledger();
    const { exitCode, json } = await run('close', ...args);
    expect(exitCode).toBe(2);
    expect(json.error.details.join()).toMatch(reason);
    expect(ledger()).toBe(before);
  });

  it('is not closed without a terminal, by a wrong passphrase, after Ctrl-C, or by the key of somebody else', async () => {
    const before = ledger();
    expect((await run('close', ...record, '--yes')).json.error.code).toBe('terminal_needed');
    const mistyped = await atTerminal(['close', ...record], wrong, wrong, wrong);
    expect(mistyped.exitCode, mistyped.screen).toBe(3);
    const cancelled = await atTerminal(['close', ...record], [prompt, '\u0003']);
    expect(cancelled.exitCode, cancelled.screen).toBe(3);
    const { approverKey } = files();
    renameSync(approverKey, `${approverKey}.kept`);
    writePrivateKey(approverKey, generateSigner(), passphrase);
    const stranger = await atTerminal(['close', ...record], right);
    renameSync(`${approverKey}.kept`, approverKey);
    expect(stranger.exitCode, stranger.screen).toBe(3);
    expect(stranger.screen).toMatch(/key/);
    expect(ledger()).toBe(before);
  });

  it('is closed by the approver, once; its record is in what is exported afterwards', async () => {
    const closed = await atTerminal(['close', ...record], right);
    expect(closed.exitCode, closed.screen).toBe(0);
    expect(closed.screen).not.toContain(passphrase);
    expect((await run('list')).json.halts).toEqual([]);
    expect(await run('close', ...record)).toMatchObject({
      exitCode: 2,
      json: { error: { message: 'there is no halt to close' } },
    });
    const { json } = await run('export');
    const postmortem = read(json.folder, json.files)['postmortem.md']!;
    expect(postmortem).toMatch(/halted by alice.*\n- .* closed by an approver: feed gap/);
    expect(postmortem).toContain('- ops: alarm on feed gaps');
  });
});
