import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { type Answer, runAtTerminal } from '../helpers/pty';

/**
 * The whole way to live and back, by the shipped verbs alone: refused, proved, live, the bypass fails, halted, closed,
 * reverted. One story on one project; the venue's own record is the judge at every step.
 */
let project: TestProject;
const passphrase = 'correct horse battery';
const patient = { timeout: 60_000, interval: 200 };
/** A lease, and what the gateway may take to notice its end, milliseconds. */
const leaseMs = 16_000;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
});
afterAll(() => project?.destroy());

const executed = () =>
  Number(project.query('simulated-venue', 'venue.db', 'SELECT count(*) AS n FROM executions')[0]!.n);
const permit = async () => (await project.get('gateway', '/health')).permit.state;
const typed = `${passphrase}\n`;

/** Runs a verb at a terminal, where the approver types. */
function atTerminal(args: string[], answers: Answer[]) {
  const { CUTOVER_HOME: _, ...env } = process.env;
  const node = path.join(project.dir, 'node_modules', 'node', 'bin', 'node');
  return runAtTerminal([node, path.join(project.dir, 'bin', 'cutover.js'), ...args], answers, {
    cwd: project.dir,
    env,
  });
}

/** No order is executed any more, watched for a while. */
async function expectQuiet(): Promise<void> {
  const before = executed();
  await delay(3_000);
  expect(executed()).toBe(before);
}

describe('the whole way', { timeout: 900_000 }, () => {
  it('up in paper; live is refused, and every missing proof is named', async () => {
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0, json: { tradingMode: 'paper' } });
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    const refused = await project.cutover('up');
    expect(refused.exitCode).toBe(3);
    const words = JSON.stringify(refused.json.violations);
    for (const proof of ['preflight', 'snapshot', 'canary', 'drill', 'approval']) expect(words).toContain(proof);
    project.git('revert', '--no-edit', 'HEAD');
  });

  it('promote with all proofs: live, granted, permitted, and orders reach the venue', async () => {
    const keys = await atTerminal(
      ['keys', 'init'],
      [
        [/New passphrase.*: /, typed],
        [/The same again: /, typed],
      ],
    );
    expect(keys, keys.screen).toMatchObject({ exitCode: 0 });
    expect(keys.screen).not.toContain(passphrase);
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0 });
    expect(executed()).toBe(0);

    const promoted = await atTerminal(
      ['promote', '--to', 'live', '--yes'],
      [[/Passphrase of the approver's key.*: /, typed]],
    );
    expect(promoted, promoted.screen).toMatchObject({ exitCode: 0 });
    project.git('add', '--all', 'stacks');
    project.git('commit', '--quiet', '--message', 'Promote to live');
    expect(await permit()).toBe('held');
    expect((await project.get('guardian', '/health')).grant.state).toBe('granted');
    expect((await project.get('backend', '/health')).tradingMode).toBe('live');
    await expect.poll(executed, patient).toBeGreaterThan(0);
  });

  it('--yes never approves: without a terminal there is no approval', async () => {
    const asked = await project.cutover(
      'promote',
      '--agent',
      'quant_company_agent',
      '--yes',
      '--time-scale',
      '600',
      '--min-closes',
      '0',
    );
    expect(asked.exitCode).not.toBe(0);
    expect(project.git('status', '--porcelain', 'stacks/Pulumi.main.yaml')).toBe('');
  });

  it('a second agent is refused by config, and allowed after watch and soak', async () => {
    project.configure('One more agent', (config) => set(config, ['agents', 'quant_company_agent', 'enabled'], true));
    expect((await project.cutover('up')).exitCode).toBe(3);
    project.git('revert', '--no-edit', 'HEAD');
    const promoted = await atTerminal(
      ['promote', '--agent', 'quant_company_agent', '--yes', '--time-scale', '60'],
      [[/Passphrase of the approver's key.*: /, typed]],
    );
    expect(promoted, promoted.screen).toMatchObject({ exitCode: 0 });
    project.git('add', '--all', 'stacks');
    project.git('commit', '--quiet', '--message', 'Promote a second agent');
    await expect.poll(permit, patient).toBe('held');
  });

  it('a change slipped in by plain pulumi without the pack: within one lease no order is accepted', async () => {
    project.configure('Looser', (config) => set(config, ['risk', 'maxOrderUsd'], 6000));
    const bypass = await project.pulumi('up', '--stack', 'main', '--yes', '--skip-preview', '--non-interactive');
    expect(bypass, bypass.stderr).toMatchObject({ exitCode: 0 });
    await delay(leaseMs);
    expect(await permit()).not.toBe('held');
    await expectQuiet();
    project.git('revert', '--no-edit', 'HEAD');
  });

  it('halt: nothing is executed after it, and up to live is refused with the halt named, after a restart too', async () => {
    const halt = await project.cutover('halt', '--reason', 'the test says so');
    expect(halt, halt.stderr).toMatchObject({ exitCode: 0 });
    await expectQuiet();
    process.kill((await project.pids()).guardian!, 'SIGKILL');
    const refused = await project.cutover('up');
    expect(refused.exitCode).toBe(3);
    expect(JSON.stringify(refused.json.violations)).toContain('halt');
    await expectQuiet();
  });

  it('git revert and up: paper again, while the halt is open', async () => {
    project.configure('Back to paper', (config) => {
      set(config, 'tradingMode', 'paper');
      set(config, ['agents', 'quant_company_agent', 'enabled'], false);
    });
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0, json: { tradingMode: 'paper' } });
    expect((await project.get('gateway', '/health')).halt).not.toBeNull();
    await expectQuiet();
  });

  it('the incident is closed by the approver, which opens the latch and proves nothing', async () => {
    const args = ['incident', 'close', '--cause', 'a test', '--action', 'ops: none'];
    await expect.poll(async () => (await project.get('guardian', '/health')).grant.state, patient).not.toBe('halting');
    const closed = await atTerminal(args, [[/Passphrase of the approver's key.*: /, typed]]);
    expect(closed, closed.screen).toMatchObject({ exitCode: 0 });
    await expect.poll(async () => (await project.get('gateway', '/health')).halt, patient).toBeNull();
    const live = await project.cutover('verify', '--to', 'live');
    expect(live.exitCode).toBe(3);
    await expectQuiet();
  });

  it('left no key and no passphrase anywhere but in the files of the keys', () => {
    // The packages are a link into the tree of the tests, whose own cache holds the text of this file.
    const packages = path.join(project.dir, 'node_modules');
    const files = readdirSync(project.dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !file.startsWith(packages));
    const keys = files.filter((file) => file.endsWith('.key'));
    expect(keys.map((file) => path.basename(file)).sort()).toEqual(
      expect.arrayContaining(['approver.key', 'guardian.key', 'measure.key']),
    );
    // The longest line of a PEM file is the key itself.
    const secrets = [passphrase, ...keys.map((file) => readFileSync(file, 'utf8').split('\n')[1]!)];
    const leaks = files.filter((file) => {
      if (keys.includes(file)) return false;
      const content = readFileSync(file);
      return secrets.some((secret) => content.includes(secret));
    });
    expect(leaks).toEqual([]);
    expect(secrets.filter((secret) => project.transcript().includes(secret))).toEqual([]);
  });
});
