import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Entry } from '../../ledger/entry';
import { leaseSeconds } from '../../protocol/constants';
import { stackFiles } from '../../scripts/shared/stack-files';
import { explainFailures } from '../helpers/explain-failures';
import { forgeCanary } from '../helpers/forge-canary';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import type { Answer } from '../helpers/pty';
import { kill } from '../helpers/running-verb';
import { expectWholeRecord, makeReport } from '../helpers/stack-report';

/**
 * The whole way to live and back, by the shipped verbs alone: refused, proved, live, the bypass fails, halted, refused
 * whatever is restored, closed, reverted. One story on one project; the venue's own record is the judge at every step.
 */
let project: TestProject;
const passphrase = 'correct horse battery';
const proofs = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
const patient = { timeout: 60_000, interval: 200 };
/** What the terminals showed. */
const screens: string[] = [];

explainFailures(() => project);

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
});
afterAll(() => project?.destroy());

const typed = `${passphrase}\n`;
const askedToApprove: Answer = [/Passphrase of the approver's key.*: /, typed];

/** Runs a verb at a terminal, where the approver types. */
async function atTerminal(args: string[], answers: Answer[] = [askedToApprove]) {
  const ran = await project.atTerminal(args, answers);
  screens.push(ran.screen);
  return ran;
}

/** What the venue has on record of the orders that it took in, or executed; `last` is its own time, milliseconds. */
function venueRecord(): { received: number; accepted: number; executed: number; last: number | null } {
  const [row] = project.query(
    'simulated-venue',
    'venue.db',
    `SELECT (SELECT count(*) FROM orders_received) AS received, (SELECT count(*) FROM executions) AS executed,
      count(*) AS accepted, max(received_ms) AS last FROM accepted_orders JOIN orders_received USING (id)`,
  );
  return row as never;
}

const permit = async () => (await project.get('gateway', '/health')).permit.state;
const grant = async () => (await project.get('guardian', '/health')).grant.state;

function ledger(): Entry[] {
  const file = path.join(project.operations.dataOf('guardian'), 'ledger.jsonl');
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
const kinds = () => ledger().map(({ kind }) => kind);
const grants = () => ledger().flatMap((entry) => (entry.kind === 'grant' ? [entry.body] : []));

/** The reasons against a change, as `proof code`. */
async function reasonsAgainst(...to: string[]): Promise<string[]> {
  const judged = await project.cutover('verify', ...to);
  expect(judged, judged.stderr).toMatchObject({ exitCode: 3, json: { verdict: 'refuse' } });
  return judged.json.reasons.map(({ proof = 'ground', code }: Record<string, string>) => `${proof} ${code}`);
}

/** Not one proof counts, and each is named once. */
function expectEveryProofNamed(reasons: readonly string[]): void {
  const named = reasons.map((reason) => reason.split(' ')[0]!).filter((proof) => proof !== 'ground');
  expect(named.sort()).toEqual([...proofs].sort());
}

/** `up` is refused. @returns why, as one text */
async function refusedUp(): Promise<string> {
  const refused = await project.cutover('up');
  expect(refused, refused.stderr).toMatchObject({ exitCode: 3, json: { refused: true } });
  return refused.json.violations.map(({ message }: { message: string }) => message).join('\n');
}

/** Orders that the gateway has refused, of all codes or of one. */
async function refusals(code?: string): Promise<number> {
  const { refused } = (await project.get('gateway', '/health')).orders as { refused: Record<string, number> };
  return Object.entries(refused).reduce((sum, [name, count]) => sum + (code && name !== code ? 0 : count), 0);
}

/** The agents go on trying, and not one order more comes to the venue. */
async function expectAgentsBarred(code?: string): Promise<void> {
  const [before, refused] = [venueRecord(), await refusals(code)];
  await expect.poll(() => refusals(code), patient).toBeGreaterThan(refused + 2);
  expect(venueRecord()).toEqual(before);
}

/** Nobody trades at the venue while the market goes on. */
async function expectQuiet(): Promise<void> {
  const marketTime = async () => Date.parse((await project.get('gateway', '/health')).market[0].time);
  const [before, start] = [venueRecord(), await marketTime()];
  await expect.poll(marketTime, patient).toBeGreaterThan(start + 20 * 60_000);
  expect(venueRecord()).toEqual(before);
}

function commit(message: string): void {
  project.git('add', '--all', 'stacks');
  project.git('commit', '--quiet', '--message', message);
}

describe('the whole way', { timeout: 900_000 }, () => {
  it('up in paper; live is refused, and every missing proof is named', async () => {
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0, json: { tradingMode: 'paper' } });
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    const words = await refusedUp();
    for (const proof of proofs) expect(words).toContain(proof);
    project.git('revert', '--no-edit', 'HEAD');
    expect(venueRecord()).toMatchObject({ received: 0 });
  });

  it('promote with all proofs: live, a grant in the ledger, a permit held, orders at the venue', async () => {
    const keys = await atTerminal(
      ['keys', 'init'],
      [
        [/New passphrase.*: /, typed],
        [/The same again: /, typed],
      ],
    );
    expect(keys, keys.screen).toMatchObject({ exitCode: 0 });
    commit('Pin the trust root');
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0 });
    expect(venueRecord()).toMatchObject({ received: 0 });
    expect(kinds()).toEqual(['genesis']);

    const promoted = await atTerminal(['promote', '--to', 'live', '--yes']);
    expect(promoted, promoted.screen).toMatchObject({ exitCode: 0 });
    commit('Promote to live');
    expect(kinds()).toEqual(['genesis', 'grant']);
    expect(await permit()).toBe('held');
    expect(await grant()).toBe('granted');
    expect((await project.get('backend', '/health')).tradingMode).toBe('live');
    await expect.poll(() => venueRecord().executed, patient).toBeGreaterThan(0);
    const bare = 'SELECT 1 FROM executions WHERE token IS NULL OR deadline IS NULL OR venue_ms > deadline';
    expect(project.query('simulated-venue', 'venue.db', bare)).toEqual([]);
  });

  it('a second agent is refused, and what proved the first does not count again', async () => {
    project.configure('One more agent', (config) => set(config, ['agents', 'quant_company_agent', 'enabled'], true));
    expect((await reasonsAgainst()).sort()).toEqual([
      'approval other_transition',
      'preflight other_target',
      'soak missing',
      'watch missing',
    ]);
    expect(await refusedUp()).toContain('no proof of preflight, watch, soak, approval');
    project.git('revert', '--no-edit', 'HEAD');
    expect(kinds()).toEqual(['genesis', 'grant']);
  });

  it('--yes never approves: without a terminal there is no approval', async () => {
    const quick = ['--yes', '--time-scale', '600', '--min-closes', '0'];
    const asked = await project.cutover('promote', '--agent', 'quant_company_agent', ...quick);
    expect(asked.exitCode).not.toBe(0);
    expect(project.git('status', '--porcelain', 'stacks/Pulumi.main.yaml')).toBe('');
    expect(kinds()).toEqual(['genesis', 'grant']);
  });

  it('a second agent is allowed after watch and soak, by a grant of its own', async () => {
    const promoted = await atTerminal(['promote', '--agent', 'quant_company_agent', '--yes', '--time-scale', '60']);
    expect(promoted, promoted.screen).toMatchObject({ exitCode: 0 });
    commit('Promote a second agent');
    expect(kinds()).toEqual(['genesis', 'grant', 'grant']);
    const [first, second] = grants().map(({ evidence }) => evidence);
    expect([first!.length, second!.length]).toEqual([5, 4]);
    expect(new Set([...first!, ...second!]).size).toBe(9);
    await expect.poll(permit, patient).toBe('held');
    const { executed } = venueRecord();
    await expect.poll(() => venueRecord().executed, patient).toBeGreaterThan(executed);
    cpSync(path.join(project.home, 'state'), oldState(), { recursive: true });
  });

  it('a change slipped in by plain pulumi without the pack: within one lease no order is accepted', async () => {
    project.configure('Looser', (config) => set(config, ['risk', 'maxOrderUsd'], 6000));
    const bypass = await project.pulumi('up', '--stack', 'main', '--yes', '--skip-preview', '--non-interactive');
    expect(bypass, bypass.stderr).toMatchObject({ exitCode: 0 });
    const applied = Date.now();
    await expect.poll(grant, patient).toBe('refused');
    await expect.poll(() => Date.now(), patient).toBeGreaterThan(applied + leaseSeconds * 1000);
    await expectAgentsBarred();
    expect(await permit()).toBe('expired');
    expect(venueRecord().last).toBeLessThanOrEqual(applied + leaseSeconds * 1000);
    expect(kinds()).toEqual(['genesis', 'grant', 'grant', 'end']);
    project.git('revert', '--no-edit', 'HEAD');
  });

  it('halt: the last order was accepted within the bound, and what rests at the venue is cancelled', async () => {
    const venueKey = readFileSync(path.join(secrets(), 'venue-key'), 'utf8').trim();
    const resting = { clientOrderId: 'resting', symbol: 'BTCUSDT', side: 'buy', qtyUsd: 50, type: 'limit' };
    const rested = await project.post(
      'simulated-venue',
      '/orders',
      { ...resting, limitPrice: 1 },
      { 'x-api-key': venueKey },
    );
    expect(rested).toMatchObject({ status: 'open' });
    const asked = Date.now();
    const halt = await project.cutover('halt', '--reason', 'the test says so');
    expect(halt, halt.stderr).toMatchObject({ exitCode: 0, json: { halted: true, problems: [] } });
    const ofResting = "SELECT status FROM orders_received WHERE client_order_id = 'resting'";
    const status = () => project.query('simulated-venue', 'venue.db', ofResting)[0]!.status;
    await expect.poll(status, patient).toBe('cancelled');
    expect(Date.parse(halt.json.haltedAt)).toBeGreaterThanOrEqual(asked);
    expect(venueRecord().last).toBeLessThanOrEqual(Date.parse(halt.json.haltedAt) + 1_000);
    await expectQuiet();
  });

  it('up to live is refused with the halt named: from config', async () => {
    await expect.poll(() => kinds().at(-1), patient).toBe('halt');
    expect(await reasonsAgainst()).toContain('ground halt_open');
    expect(await refusedUp()).toMatch(/halted since .*: the test says so; .* \[halt_open\]/);
  });

  it('from an old state file put back, in which it was granted: by the pack, and without it no order gets through', async () => {
    const state = path.join(project.home, 'state');
    rmSync(state, { recursive: true });
    cpSync(oldState(), state, { recursive: true });
    expect(await refusedUp()).toContain('[halt_open]');
    const before = venueRecord();
    const bypass = await project.pulumi('up', '--refresh', '--yes', '--skip-preview', '--stack', 'main');
    expect(bypass, bypass.stdout + bypass.stderr).toMatchObject({ exitCode: 0 });
    expect((await project.get('backend', '/health')).tradingMode).toBe('live');
    await expectAgentsBarred('halted');
    expect(venueRecord()).toEqual(before);
  });

  it('after a restart of the guardian', async () => {
    const { guardian } = await project.pids();
    kill(guardian!, 'SIGKILL');
    expect(await refusedUp()).toContain('[halt_open]');
    const restarted = await project.pulumi('up', '--refresh', '--yes', '--skip-preview', '--stack', 'main');
    expect(restarted, restarted.stdout + restarted.stderr).toMatchObject({ exitCode: 0 });
    expect((await project.pids()).guardian).not.toBe(guardian);
    await expect.poll(grant, patient).toBe('halted');
    await expectAgentsBarred('halted');
    expect(kinds()).toEqual(['genesis', 'grant', 'grant', 'end', 'halt']);
  });

  it('the incident is closed by the approver, which opens the latch and proves nothing', async () => {
    const closed = await atTerminal(['incident', 'close', '--cause', 'a test', '--action', 'ops: none']);
    expect(closed, closed.screen).toMatchObject({ exitCode: 0 });
    await expect.poll(async () => (await project.get('gateway', '/health')).halt, patient).toBeNull();
    expect(kinds()).toEqual(['genesis', 'grant', 'grant', 'end', 'halt', 'incident']);
    await expect.poll(grant, patient).toBe('refused');
    await expectAgentsBarred('permit_expired');
    const reasons = await reasonsAgainst();
    expect(reasons).not.toContain('ground halt_open');
    expectEveryProofNamed(reasons);
  });

  it('the report of it: each grant, the halt with its signals, every evidence verified anew', async () => {
    const report = await makeReport(project);
    expect(report.findings).toEqual([]);
    expect(report.page.verdict).toBe('In paper: nothing is wrong with its record.');
    expectWholeRecord(report, project, 'the test says so');
    // The one canary is judged again from the gateway's record; both promotions are in the evidence.
    expect(report.page.section('canary').text).toContain('to the byte');
    expect(
      report.page.section('evidence').tables[0]!.rows.filter(([, said]) => said!.includes('counted')),
    ).toHaveLength(9);

    const { name, undo } = forgeCanary(stackFiles(project.place).evidence);
    const forged = await makeReport(project);
    undo();
    expect(forged.findings[0]).toBe('1 file of evidence cannot be verified');
    expect(forged.page.section('evidence').tables[0]!.rows[0]).toEqual(
      expect.arrayContaining([name, expect.stringMatching(/^Not verified: /)]),
    );
  });

  it('git revert and up: paper, and live again needs every proof anew', async () => {
    const [second, first] = project.git('log', '--format=%H', '--grep', '^Promote').trim().split('\n');
    project.git('revert', '--no-edit', second!);
    // The posture that was granted first, with its evidence still there: each counted once.
    expect(await reasonsAgainst()).toEqual(
      expect.arrayContaining(['preflight', 'snapshot', 'canary', 'drill'].map((proof) => `${proof} already_used`)),
    );
    project.git('revert', '--no-edit', first!);
    const before = venueRecord();
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0, json: { tradingMode: 'paper' } });
    const order = { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 10, confidence: 0.99 };
    await expect
      .poll(() => project.post('backend', '/api/trade/execute', order), patient)
      .toMatchObject({ dryRun: true, status: 'filled' });
    expectEveryProofNamed(await reasonsAgainst('--to', 'live'));
    await expectQuiet();
    expect(venueRecord()).toEqual(before);
    expect(grants()).toHaveLength(2);
  });

  it('29: left no key, token or passphrase anywhere but in their own files', async () => {
    // What the engine itself would say goes into the transcript.
    for (const asked of [
      ['stack', 'export', '--show-secrets'],
      ['preview', '--diff', '--non-interactive'],
    ]) {
      const ran = await project.pulumi(...asked, '--stack', 'main');
      expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    }
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
    const values = [passphrase, ...keys.map((file) => readFileSync(file, 'utf8').split('\n')[1]!)];
    const tokens = files.filter((file) => path.basename(path.dirname(file)) === 'secrets');
    expect(tokens.length).toBeGreaterThan(2);
    values.push(...tokens.map((file) => readFileSync(file, 'utf8').trim()));
    // Each as it is, and in the writings in which programs pass such values on.
    const writings = values.flatMap((value) => [
      value,
      Buffer.from(value).toString('base64').replaceAll('=', ''),
      Buffer.from(value).toString('hex'),
      encodeURIComponent(value),
    ]);
    const holders = files.filter((file) => {
      const content = readFileSync(file);
      return writings.some((writing) => content.includes(writing));
    });
    // Their own files are found: so others would be.
    expect(holders.sort()).toEqual([...keys, ...tokens].sort());
    const shown = [project.transcript(), ...screens].join('\n');
    expect(shown.length).toBeGreaterThan(10_000);
    expect(writings.filter((writing) => shown.includes(writing))).toEqual([]);
  });
});

const oldState = () => path.join(project.home, 'old-state');
const secrets = () => path.join(project.home, 'stacks', 'main', 'secrets');
