import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Document } from 'yaml';
import { makeProject, prepareEngine, type Ran, set, type TestProject } from '../helpers/project';
import { runVerb, workloadProcesses } from '../helpers/running-verb';

/** Each wrong input: what it is called, what it says, and that nothing is half done. */

let project: TestProject;
const scratch = mkdtempSync(path.join(tmpdir(), 'cutover-bad-input-'));
const configFile = () => path.join(project.dir, 'stacks', 'Pulumi.main.yaml');
const verbs = ['start', 'doctor', 'up', 'preview', 'status', 'down', 'halt', 'rollback'];

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
  // Makes the stack in the state, as plain pulumi needs it, and starts nothing.
  expect((await project.cutover('preview')).exitCode).toBe(0);
});

afterEach(() => {
  // Whatever was wrong, nothing was started and no config was changed beside what the test did.
  expect(workloadProcesses(project)).toEqual([]);
  project.git('reset', '--quiet', '--hard', 'HEAD');
});

afterAll(async () => {
  await project?.destroy();
  rmSync(scratch, { recursive: true, force: true });
});

/** Changes the config for one test, without a commit. */
function edit(change: (config: Document) => void): void {
  const head = project.git('rev-parse', 'HEAD').trim();
  project.configure('Something wrong', change);
  project.git('reset', '--quiet', '--soft', head);
}

/** Expects a refusal in both forms: a JSON document, and text on standard error. @returns the details */
function expectError(run: Ran, exitCode: number, code: string): string[] {
  expect(run.exitCode, run.stderr).toBe(exitCode);
  expect(run.json.error.code).toBe(code);
  for (const line of [run.json.error.message, ...run.json.error.details]) expect(run.stderr).toContain(line);
  return run.json.error.details;
}

describe('config', () => {
  /** What is wrong, the change, and the detail that it is answered with. */
  const mistakes: [string, (config: Document) => void, RegExp][] = [
    [
      'a model artefact that is not there',
      (config) => set(config, ['model', 'version'], '9.9.9'),
      /^cutover:model: expected the ONNX artefact of version 9\.9\.9 at \S+, received no such file; npm run train/,
    ],
    [
      'a model of another digest',
      (config) => set(config, ['model', 'digest'], `sha256:${'0'.repeat(64)}`),
      /^cutover:model\.digest: expected the digest of \S+, which is sha256:[0-9a-f]{64}, received "sha256:0{64}"/,
    ],
    [
      'a secret value',
      (config) => set(config, 'confidenceThreshold', { secure: 'v1:abc:def' }),
      /^cutover:confidenceThreshold: expected a plain value, received an encrypted one/,
    ],
    [
      'a symbol without its recorded file',
      (config) => set(config, 'market', { feed: 'recorded', files: {} }),
      /^cutover:market\.files\.BTCUSDT: expected a CSV file, since symbols has BTCUSDT, received nothing/,
    ],
    [
      'a recorded file that is not there',
      (config) => set(config, 'market', { feed: 'recorded', files: { BTCUSDT: 'no-such.csv' } }),
      /^cutover:market\.files\.BTCUSDT: expected a CSV file of candles, received .*no-such\.csv/,
    ],
    [
      'a malformed recorded file',
      (config) => {
        writeFileSync(path.join(scratch, 'bad.csv'), 'time,open,high,low,close,volume\n1,2,3\nnever,1,1,1,1,1\n');
        set(config, 'market', { feed: 'recorded', files: { BTCUSDT: path.join(scratch, 'bad.csv') } });
      },
      /^cutover:market\.files\.BTCUSDT: expected a CSV file of candles, received .*bad\.csv.*(line|row) 2/,
    ],
    [
      'the same port twice',
      (config) => set(config, ['ports', 'backend'], project.ports.gateway),
      /^cutover:ports: expected a port of its own for each workload, received \d+ for /,
    ],
    [
      'an agent that nobody ships',
      (config) => set(config, ['agents', 'my_agent'], { enabled: true }),
      /^cutover:agents\.my_agent\.command: expected a command, .*received nothing/,
    ],
  ];

  test.each(mistakes)('%s', async (_, change, expected) => {
    edit(change);
    const details = expectError(await project.cutover('up'), 2, 'invalid_config');
    expect(details).toHaveLength(1);
    expect(details[0]).toMatch(expected);
  });

  test('unknown and mistyped keys are reported all at once, by plain pulumi as well', async () => {
    edit((config) => {
      set(config, 'tradingmode', 'paper');
      set(config, 'tradingMode', 'test');
      set(config, ['risk', 'maxOrderUsd'], '5000 USD');
      set(config, ['risk', 'maxOrdersUsd'], 1);
      set(config, 'confidenceThreshold', '1.5');
      set(config, ['agents', 'live_trader', 'enabled'], 'yes');
    });
    const expected = [
      /^cutover:tradingmode: expected one of .*tradingMode.*, received an unknown key/,
      /^cutover:tradingMode: expected paper or live, received "test"/,
      /^cutover:risk\.maxOrderUsd: expected an amount in USD over 0, received "5000 USD"/,
      /^cutover:risk\.maxOrdersUsd: expected one of .*maxOrderUsd.*, received an unknown key/,
      /^cutover:confidenceThreshold: expected a fraction from 0 to 1, received 1\.5/,
      /^cutover:agents\.live_trader\.enabled: expected true or false, received "yes"/,
    ];
    for (const verb of ['up', 'preview']) {
      const details = expectError(await project.cutover(verb), 2, 'invalid_config');
      expect(details).toHaveLength(expected.length);
      for (const line of expected) expect(details).toContainEqual(expect.stringMatching(line));
    }
    const plain = await project.pulumi('preview', '--stack', 'main', '--non-interactive', '--color', 'never');
    expect(plain.exitCode).not.toBe(0);
    const lines = (plain.stdout + plain.stderr).split('\n').map((line) => line.trim().replace(/^- /, ''));
    for (const line of expected) expect(lines).toContainEqual(expect.stringMatching(line));
  });

  test('a file that is not YAML names the file and the line', async () => {
    writeFileSync(configFile(), 'config:\n  cutover:tradingMode: [paper\n');
    const run = await project.cutover('up');
    const details = expectError(run, 2, 'invalid_config');
    expect(run.json.error.message).toContain(configFile());
    expect(details.join('\n')).toMatch(/line \d+/);
    // Status has more to say than that.
    const status = await project.cutover('status');
    expect(status.exitCode).toBe(4);
    expect(status.json.problems.join('\n')).toContain(configFile());
    // A stack comes down whatever its config says.
    const down = await runVerb(project, ['down']);
    expect(down.exitCode, down.stderr).toBe(0);
    expect(down.stdout).toContain('Stack main was down already.');
  });
});

describe('command line', () => {
  test.each(verbs)('%s --help shows an example', async (verb) => {
    const { exitCode, stdout } = await runVerb(project, [verb, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ \S/);
    for (const option of ['--stack', '--json', '--yes']) expect(stdout).toContain(option);
  });

  test('an unknown verb and an unknown option are wrong use', async () => {
    for (const args of [['upp'], ['up', '--stak', 'main'], ['up', 'main'], ['up', '--stack']]) {
      const { exitCode, stderr } = await runVerb(project, args);
      expect(exitCode, args.join(' ')).toBe(2);
      expect(stderr).toMatch(/^error: /m);
      expect(stderr).toContain('--help');
    }
  });

  test.each(verbs)('%s of a stack that nobody knows', async (verb) => {
    const run = await project.cutover(verb, '--stack', 'nope');
    const details = expectError(run, 2, 'unknown_stack');
    expect(run.json.error.message).toBe('--stack: expected one of main, received nope');
    expect(details.join('\n')).toContain('Pulumi.nope.yaml');
    expect(existsSync(path.join(project.home, 'stacks', 'nope'))).toBe(false);
  });

  test('a name that no stack can have', async () => {
    for (const name of ['../main', '', 'a b']) {
      const run = await project.cutover('status', '--stack', name);
      expectError(run, 2, 'invalid_stack');
      expect(run.json.error.message).toContain(JSON.stringify(name));
    }
  });

  test('a folder without a project', async () => {
    const run = await runVerb(project, ['status', '--json'], { cwd: scratch });
    expect(expectError(run, 2, 'no_project')).not.toEqual([]);
    expect(run.json.error.message).toContain(scratch);
  });
});

describe('the machine', () => {
  test("a stranger on a port: named, with the setting's key", async () => {
    const server = createServer((_, answer) => answer.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      edit((config) => set(config, ['ports', 'backend'], port));
      const details = expectError(await project.cutover('up'), 2, 'port_taken');
      expect(details).toHaveLength(1);
      expect(details[0]).toContain(`port ${port} to be free for backend, but PID ${process.pid}`);
      expect(details[0]).toContain('cutover:ports.backend');
    } finally {
      server.close();
    }
  });

  test('no engine, no network and no Go: what was tried, and the ways out', async () => {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: scratch,
      PULUMI_HOME: undefined,
      CUTOVER_CACHE: path.join(scratch, 'cache'),
      CUTOVER_OFFICIAL_HOST: 'http://127.0.0.1:9',
    };
    const up = await runVerb(project, ['up', '--json'], { env });
    expectError(up, 5, 'engine_missing');
    const doctor = await runVerb(project, ['doctor', '--json'], { env });
    expect(doctor.exitCode).toBe(5);
    expect(doctor.json).toMatchObject({ engine: null, problem: { code: 'engine_missing' } });
    for (const said of [up.stderr, JSON.stringify(doctor.json.problem)]) {
      expect(said).toContain('no `pulumi` in the folders of PATH');
      expect(said).toContain('http://127.0.0.1:9 cannot be reached');
      expect(said).toMatch(/no `go` on PATH/);
      expect(said).toContain('https://www.pulumi.com/docs/install/');
      expect(said).toContain('https://go.dev/dl/');
    }
  });

  const systemNode = findOldNode();
  test.skipIf(systemNode === undefined)('an older Node.js hands over to that of the project', async () => {
    const { exitCode, json } = await runVerb(project, ['doctor', '--json'], { node: systemNode! });
    expect(exitCode).toBe(0);
    expect(Number(json.node.version.split('.')[0])).toBeGreaterThanOrEqual(24);
    const help = await runVerb(project, ['upp'], { node: systemNode! });
    expect(help.exitCode).toBe(2);
  });
});

describe('locks of the dead', () => {
  test("the engine's lock and the trading lock do not hold up the next run", async () => {
    const ended = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
    const locks = path.join(project.home, 'state', '.pulumi', 'locks', 'organization', 'cutover', 'main');
    mkdirSync(locks, { recursive: true });
    const lock = path.join(locks, '6d0ad5b8-0000-4000-8000-000000000000.json');
    const timestamp = new Date(0).toISOString();
    writeFileSync(lock, JSON.stringify({ pid: ended, username: 'someone', hostname: hostname(), timestamp }));
    const data = project.operations.dataOf('orchestrator');
    mkdirSync(data, { recursive: true });
    const trading = path.join(data, 'trading_lock.json');
    writeFileSync(trading, JSON.stringify({ pid: ended, startTime: 'x:1', owner: 'main', acquiredAt: timestamp }));
    writeFileSync(path.join(data, 'orchestrator.pid'), `${ended}\n`);

    const up = await project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stderr).toContain(`PID ${ended}`);
    expect(existsSync(lock)).toBe(false);
    const { orchestrator } = await project.pids();
    expect(JSON.parse(readFileSync(trading, 'utf8')).pid).toBe(orchestrator);
    expect((await project.cutover('down')).exitCode).toBe(0);
  });
});

/** A Node.js of this machine that is too old for the project. */
function findOldNode(): string | undefined {
  const env = { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin' };
  try {
    const file = execFileSync('which', ['node'], { env, encoding: 'utf8' }).trim();
    const version = execFileSync(file, ['--version'], { encoding: 'utf8' });
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24 ? file : undefined;
  } catch {
    return undefined;
  }
}
