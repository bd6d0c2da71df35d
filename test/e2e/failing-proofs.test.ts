import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { listEntries, readCommand, readEnvironment } from '../../platforms/process-identity';
import { digestDrillPart } from '../../posture/judge-evidence';
import { digestPosture } from '../../posture/posture';
import { makeKeys } from '../../scripts/shared/make-keys';
import { type Measured, readMeasureKey, signProof } from '../../scripts/shared/sign-proof';
import { stackFiles } from '../../scripts/shared/stack-files';
import { inPaper, readLiveTarget } from '../../scripts/shared/target';
import { passing } from '../helpers/claims';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import type { Answer } from '../helpers/pty';
import { kill, runVerb, startVerb } from '../helpers/running-verb';

/**
 * Every proof fails when the thing breaks that it measures, and a promotion that is stopped leaves nothing half done.
 * One story on one running stack, by the shipped verbs.
 */
let project: TestProject;
const passphrase = 'correct horse battery';
const prompt = /Passphrase of the approver's key.*: /;
const right: Answer = [prompt, `${passphrase}\r`];
const interrupt = '\u0003';
const patient = { timeout: 60_000, interval: 100 };
const place = () => ({ stack: 'main', projectDir: project.dir, home: project.home, configFile: configFile() });
const configFile = () => path.join(project.dir, 'stacks', 'Pulumi.main.yaml');
const config = () => readFileSync(configFile(), 'utf8');
const evidence = () => {
  const folder = stackFiles(place()).evidence;
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
  const account = { venue: 'simulated', id: 'simulated-1' };
  makeKeys(stackFiles(place()), { stack: 'main', account, passphrase, drill: false, now: Date.now() });
  await up();
});
afterAll(async () => {
  if (!project) return;
  for (const { pid } of drillProcesses()) kill(pid, 'SIGKILL');
  await project.destroy();
});

async function up(): Promise<void> {
  const done = await project.cutover('up');
  expect(done.exitCode, done.stderr).toBe(0);
}

/** The verb signed no pass: what it says fails, and what it stored, if anything, says so too. */
async function expectFail(args: string[], cause: RegExp): Promise<void> {
  const before = evidence();
  const run = await project.cutover(...args);
  expect(run.exitCode, run.stderr).toBe(4);
  expect(JSON.stringify(run.json)).toMatch(cause);
  for (const name of evidence().filter((one) => !before.includes(one))) expect(isPass(name), name).toBe(false);
}

function isPass(name: string): boolean {
  const { payload } = JSON.parse(readFileSync(path.join(stackFiles(place()).evidence, name), 'utf8'));
  return JSON.parse(Buffer.from(payload, 'base64').toString()).predicate.passed;
}

/** Every process of a drill. */
const drillProcesses = () =>
  listEntries().filter(({ pid }) =>
    readEnvironment(pid)?.CUTOVER_WORKLOAD_DATA?.startsWith(path.join(project.home, 'drills')),
  );

/** What a drill must not leave beside the config. */
const drillTraces = () =>
  readdirSync(path.join(project.dir, 'stacks'), { recursive: true }).filter((name) =>
    String(name).includes('main-drill'),
  );

describe('a proof fails when what it measures breaks', { timeout: 300_000 }, () => {
  it('canary: too few trades are no pass', () => expectFail(['canary', '--minutes', '0.001'], /"verdict": ?"not_yet"/));

  it('canary: interrupted, it signs nothing', async () => {
    const before = evidence();
    const { exitCode, screen } = await project.atTerminal(['canary'], [[/judging paper trades/, interrupt]]);
    expect(exitCode, screen).not.toBe(0);
    expect(evidence()).toEqual(before);
  });

  it('preflight and snapshot pass on a healthy stack', async () => {
    for (const kind of ['preflight', 'snapshot']) {
      const run = await project.cutover(kind);
      expect(run.exitCode, run.stdout).toBe(0);
      expect(isPass(path.basename(run.json.file))).toBe(true);
    }
  });

  it('snapshot: a database that is none, or has a broken page', async () => {
    const file = path.join(project.operations.dataOf('orchestrator'), 'kept.db');
    writeFileSync(file, 'this was a database once, before something wrote over it');
    await expectFail(['snapshot'], /orchestrator\/kept\.db cannot be copied/);
    rmSync(file);
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE t (x TEXT); CREATE INDEX i ON t (x)');
    const add = database.prepare('INSERT INTO t VALUES (?)');
    for (let row = 0; row < 500; row += 1) add.run(`row ${row}`);
    database.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, 4096 * 3, 4096 * 3 + 2048));
    await expectFail(['snapshot'], /orchestrator\/kept\.db cannot be copied/);
    rmSync(file);
    expect(readdirSync(path.join(project.home, 'snapshots', 'main'))).toHaveLength(1);
  });

  it('preflight: a mode other than the declared one', async () => {
    const { backend } = await project.pids();
    const command = readCommand(backend!)!;
    const env = { ...readEnvironment(backend!), TRADING_MODE: 'live' };
    kill(backend!, 'SIGKILL');
    const twin = spawn(command[0]!, command.slice(1), { cwd: project.dir, env, stdio: 'ignore' });
    try {
      await expect.poll(async () => (await mode()) ?? '', patient).toBe('live');
      await expectFail(
        ['preflight'],
        /"trading mode",\s*"passed":\s*false,\s*"detail":\s*"expected paper, received live"/,
      );
    } finally {
      twin.kill('SIGKILL');
    }
  });

  it('preflight and canary: a service that was killed', async () => {
    kill((await project.pids())['model-service']!, 'SIGKILL');
    await expectFail(['preflight'], /services healthy.*model-service is (dead|stopped|missing)/s);
    await expectFail(['canary', '--minutes', '0.01'], /other_posture/);
    const { stdout } = await project.cutover('verify', '--to', 'live');
    expect(JSON.parse(stdout).reasons).toContainEqual(expect.objectContaining({ proof: 'preflight', code: 'failed' }));
    await up();
  });
});

/** The proofs of going live but the approval, signed with the stack's own key, for what the verbs see. */
async function makeProofs(): Promise<void> {
  const { posture } = (await project.cutover('explain', '--to', 'live')).json;
  const target = { config: readLiveTarget(place()).config, posture };
  for (const kind of ['preflight', 'snapshot', 'canary', 'drill'] as const) {
    const measured = kind === 'drill' ? digestDrillPart(posture) : digestPosture(inPaper(target));
    const made = { kind, passed: true, measurements: passing[kind], measured, target, timeScale: 1, rawData: null };
    signProof(place(), made as Measured<'preflight'>, readMeasureKey(place()), Date.now());
  }
}

describe('a drill leaves nothing behind', { timeout: 300_000 }, () => {
  it('on Ctrl-C: its system is stopped, nothing is signed', async () => {
    const before = evidence();
    const drill = startVerb(project, ['drill', '--json']);
    await expect.poll(() => drill.told(), patient).toContain('create simulated-venue');
    drill.signal('SIGINT');
    expect(await drill.ended).toMatchObject({ exitCode: 4, json: { error: { code: 'interrupted' } } });
    expect(drill.told()).toContain('drill: interrupted');
    expect(drillProcesses()).toEqual([]);
    expect(drillTraces()).toEqual([]);
    expect(evidence()).toEqual(before);
  });

  it('killed: the next one stops what it left, and fails itself where its system cannot come up', async () => {
    const killed = startVerb(project, ['drill']);
    await expect.poll(() => drillProcesses().length, patient).toBeGreaterThan(0);
    killed.signal('SIGKILL');
    await killed.ended;
    const left = drillProcesses();
    expect(left).not.toEqual([]);
    const before = config();
    const broken = parseDocument(before);
    set(broken, ['workloads', 'backend'], { command: ['/bin/false'] });
    writeFileSync(configFile(), broken.toString());
    try {
      await expectFail(['drill'], /"up in paper",\s*"passed":\s*false,\s*"detail":.*backend did not become healthy/s);
    } finally {
      writeFileSync(configFile(), before);
    }
    expect(drillProcesses()).toEqual([]);
    expect(drillTraces()).toEqual([]);
  });
});

describe('a promotion that is stopped leaves nothing half done', { timeout: 300_000 }, () => {
  it('declined at the prompt', async () => {
    const before = config();
    const declined = await project.atTerminal(['promote', '--to', 'live'], [[/Make the preflight now\?/, 'n\r']]);
    expect(declined.exitCode, declined.screen).toBe(3);
    expect(declined.screen).toContain('there is no preflight, and it was not to be made');
    expect(config()).toBe(before);
  });

  it('by a wrong passphrase, three times; --yes does not approve', async () => {
    await makeProofs();
    const before = config();
    const wrong: Answer = [prompt, 'correct house\r'];
    const refused = await project.atTerminal(['promote', '--to', 'live', '--yes'], [wrong, wrong, wrong]);
    expect(refused.exitCode, refused.screen).toBe(3);
    expect(refused.screen).toContain('promote stopped at the step "approval"');
    const piped = await project.cutover('promote', '--to', 'live', '--yes');
    expect(piped.json.error.code).toBe('terminal_needed');
    expect(config()).toBe(before);
    expect(evidence().filter((name) => name.startsWith('approval'))).toEqual([]);
  });

  it('by Ctrl-C while it is applied: taken back, and the next promotion goes through', async () => {
    const before = config();
    const stopped = await project.atTerminal(
      ['promote', '--to', 'live', '--yes'],
      [right, [/applying stack main/, interrupt]],
    );
    expect(stopped.exitCode, stopped.screen).not.toBe(0);
    expect(stopped.screen).toContain('the config is as it was before');
    expect(config()).toBe(before);
    await expect.poll(mode, patient).toBe('paper');
    // The guardian may have granted what was there for a moment, and used the proofs up.
    await makeProofs();
    const promoted = await project.atTerminal(['promote', '--to', 'live', '--yes'], [right]);
    expect(promoted.exitCode, promoted.screen).toBe(0);
    expect(await mode()).toBe('live');
  });
});

describe('a live posture is sampled', { timeout: 300_000 }, () => {
  it('well: watch passes, with the closed trades of trader.db', async () => {
    const watch = await project.cutover('watch', '--time-scale', '60');
    expect(watch.exitCode, watch.stdout).toBe(0);
    const { realizedCloses } = watch.json.measurements;
    expect(realizedCloses).toMatchObject({ source: 'trader.db', expectedSource: 'trader.db', minimum: 1 });
    expect(realizedCloses.count).toBeGreaterThan(0);
  });

  it('a proof that fails stops the promotion and is named: closed trades from another record', async () => {
    const before = config();
    const args = ['--agent', 'quant_company_agent', '--yes', '--minutes', '0.02', '--closes-source', 'exit_manager.db'];
    const stopped = await project.cutover('promote', ...args);
    expect(stopped.exitCode).toBe(4);
    expect(stopped.json.error).toMatchObject({
      code: 'check_failed',
      message: 'promote stopped at the step "watch": the watch failed',
    });
    expect(config()).toBe(before);
  });

  it('soak: a burst of errors, and a workload that dies within the window', async () => {
    const soak = startVerb(project, ['soak', '--minutes', '0.1', '--min-closes', '0', '--json']);
    await expect.poll(() => soak.told(), patient).toContain('sampling');
    const [log] = project.operations.logsOf('model-service');
    appendFileSync(
      log!,
      `${JSON.stringify({ level: 'ERROR', time: new Date(), msg: 'out of memory' })}\n`.repeat(2_000),
    );
    kill((await project.pids())['model-service']!, 'SIGKILL');
    const { exitCode, json } = await soak.ended;
    expect(exitCode).toBe(4);
    expect(json.passed).toBe(false);
    expect(isPass(path.basename(json.file))).toBe(false);
    const { breaches } = json.measurements;
    expect(breaches).toContainEqual(expect.stringMatching(/^error rate /));
    expect(breaches).toContainEqual(expect.stringMatching(/^model-service was /));
  });
});

describe('a halt is recorded', { timeout: 300_000 }, () => {
  const halts = async () => (await project.cutover('incident', 'list')).json.halts;

  it("in its operator's words, and so is one over it while the gateway is down", async () => {
    const by = userInfo().username;
    await runVerb(project, ['halt', '--reason', 'the feed is wrong']);
    await expect.poll(halts, patient).toMatchObject([{ reason: 'the feed is wrong', by }]);
    kill((await project.pids()).gateway!, 'SIGKILL');
    await runVerb(project, ['halt', '--reason', 'and the fills too']);
    project.configure('Back to paper', (document) => set(document, 'tradingMode', 'paper'));
    await up();
    await expect
      .poll(halts, patient)
      .toMatchObject([{ reason: 'the feed is wrong' }, { reason: 'and the fills too', by }]);
    expect((await project.get('gateway', '/health')).halts).toHaveLength(2);
  });
});

const mode = async () =>
  (await project.get('backend', '/health').catch(() => undefined))?.tradingMode as string | undefined;
