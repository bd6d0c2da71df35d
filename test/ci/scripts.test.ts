import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateSigner } from '../../evidence/keys';
import { canary } from '../../scripts/canary';
import { changeRecord } from '../../scripts/change-record';
import { main } from '../../scripts/cutover';
import { drill } from '../../scripts/drill';
import { preflight } from '../../scripts/preflight';
import { preview } from '../../scripts/preview';
import { makeKeys } from '../../scripts/shared/make-keys';
import { readMeasureSigner } from '../../scripts/shared/role-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { snapshot } from '../../scripts/snapshot';
import { status } from '../../scripts/status';
import { up } from '../../scripts/up';
import { soak, watch } from '../../scripts/watch';
import { script } from '../helpers/fake-tools';
import { type GitHubServer, startGitHub } from '../helpers/github-server';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

// Every step of the workflows, run as they run it. Where the engine would be needed, test/e2e/ci.test.ts has it.

const root = path.resolve(__dirname, '..', '..');
const steps = path.join(root, '.ci');
const scratch = mkdtempSync(path.join(tmpdir(), 'cutover-ci-'));
const gitIn =
  (cwd: string) =>
  (...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();

/** Runs a step in a folder, with tools of the test's before those of the system, and nothing of this process's CI. */
async function run(cwd: string, name: string, tools: string, env: Record<string, string> = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const { exitCode, stdout, stderr } = await execa(path.join(cwd, '.ci', name), {
    cwd: tmpdir(),
    env: { PATH: `${tools}:${path.join(root, 'node_modules', '.bin')}:${PATH}`, HOME, ...env },
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

function identify(cwd: string): void {
  gitIn(cwd)('config', 'user.name', 'Operator');
  gitIn(cwd)('config', 'user.email', 'operator@example.com');
}

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('every step', () => {
  const names = readdirSync(steps).sort();
  const textOf = (name: string) => readFileSync(path.join(steps, name), 'utf8');

  it('is one of these, and is run by a workflow', () => {
    expect(names).toEqual(['drift', 'measure', 'preview', 'record', 'run', 'up']);
    const workflows = path.join(root, '.github', 'workflows');
    const text = readdirSync(workflows)
      .map((name) => readFileSync(path.join(workflows, name), 'utf8'))
      .join('');
    expect(names.filter((name) => !text.includes(`run: .ci/${name}\n`))).toEqual([]);
  });

  it('takes verbs and options that there are', () => {
    const verbs = [canary, changeRecord, drill, preflight, preview, snapshot, soak, status, up, watch];
    const used = names.flatMap((name) =>
      [...textOf(name).matchAll(/npx cutover "?([$a-z-]+)"?(.*)/g)].flatMap(([, verb = '', rest = '']) => {
        // What is put together beforehand stands in lines of its own.
        const options = `${rest} ${verb === 'change-record' ? textOf(name) : ''}`.match(/(?<=[ (])--[a-z-]+/g) ?? [];
        const measured = /^ *((?:[a-z]+ \| )+[a-z]+)\)/m.exec(textOf(name))?.[1]?.split(' | ');
        return (verb === '$proof' ? (measured ?? []) : [verb]).map((one) => [one, options] as const);
      }),
    );
    expect([...new Set(used.map(([verb]) => verb))].sort()).toEqual(verbs.map(({ name }) => name).sort());
    for (const [verb, options] of used) {
      const known = verbs.find(({ name }) => name === verb)?.options ?? [];
      const all = [...known.map(([flags]) => flags), '--stack <name>', '--json', '--yes'];
      expect(options.filter((option) => !all.some((flags) => `${flags} `.startsWith(`${option} `)))).toEqual([]);
    }
    expect(used.find(([verb]) => verb === 'change-record')?.[1]).toContain('--preview-json');
  });

  it('leaves the measure key to the verb alone: nothing that it starts inherits it', async () => {
    process.env.CUTOVER_MEASURE_KEY = 'key';
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await main(['--version']);
    written.mockRestore();
    expect(process.env.CUTOVER_MEASURE_KEY).toBeUndefined();
  });
});

describe('with the real command line', { timeout: 120_000 }, () => {
  let project: SmallProject;
  let tools: string;
  let github: GitHubServer;
  beforeAll(async () => {
    project = await makeSmallProject();
    cpSync(steps, path.join(project.dir, '.ci'), { recursive: true });
    writeFileSync(path.join(project.dir, '.gitignore'), '.cutover/\nmain.js\npreview.json\n');
    gitIn(project.dir)('init', '--quiet', '--initial-branch', 'main');
    identify(project.dir);
    commit('Paper');
    project.set(['confidenceThreshold'], 0.7);
    commit('Another threshold');
    project.set(['tradingMode'], 'live');
    commit('Live');
    tools = path.join(scratch, 'real');
    const node = path.join(root, 'node_modules', '.bin', 'node');
    script(
      tools,
      'npx',
      `[ "$1" = cutover ] || exit 64\nshift\nexec '${node}' '${path.join(project.dir, 'main.js')}' "$@"`,
    );
  });
  beforeEach(async () => {
    github = await startGitHub('desk/trading', 7);
  });
  afterEach(() => github.close());
  afterAll(() => project.destroy());

  const commit = (message: string) => {
    gitIn(project.dir)('add', '--all', '.');
    gitIn(project.dir)('commit', '--quiet', '--message', message);
  };
  const token = 'ghs_0123456789SECRET';
  const commented = () => ({
    COMMENT: '7',
    GITHUB_REPOSITORY: 'desk/trading',
    GITHUB_API_URL: github.api,
    GITHUB_TOKEN: token,
  });

  it('record: tells a change here, in the summary, and as one comment that is updated; fails where it is refused', async () => {
    const summary = path.join(scratch, 'summary.md');
    const fall = { BASE: 'HEAD~2', HEAD: 'HEAD~1', GITHUB_STEP_SUMMARY: summary, ...commented() };
    const first = await run(project.dir, 'record', tools, fall);
    expect(first).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^<!-- .* -->\n## Allowed: stack `main`/),
    });
    expect(readFileSync(summary, 'utf8').trimEnd()).toBe(first.stdout);
    expect(github.comments).toEqual([{ id: 1_000, login: 'github-actions[bot]', body: `${first.stdout}\n` }]);
    const second = await run(project.dir, 'record', tools, { BASE: 'HEAD~1', HEAD: 'HEAD', ...commented() });
    expect(second).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('the comment was updated') });
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toContain('## Refused: stack `main`, paper → live\n');
    expect(JSON.stringify([first, second])).not.toContain(token);
  });

  it('record: tells what it has told where the comment cannot be written, and fails', async () => {
    github.instead = () => ({ status: 403, body: '{"message": "Resource not accessible by integration"}' });
    const ran = await run(project.dir, 'record', tools, { BASE: 'HEAD~2', HEAD: 'HEAD~1', ...commented() });
    expect(ran).toMatchObject({ exitCode: 5, stdout: expect.stringContaining('## Allowed') });
    expect(ran.stderr).toContain('Resource not accessible by integration');
    expect(ran.stderr).toContain('pull-requests: write');
  });

  it('record: on the shallow checkout of a merge, from its base, tells what a preview has written, and asks nobody', async () => {
    const git = gitIn(project.dir);
    git('checkout', '--quiet', '-b', 'merged', 'HEAD~2');
    git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'main~1');
    const clone = path.join(scratch, 'checkout');
    execFileSync('git', ['clone', '--quiet', '--depth', '2', '--branch', 'merged', `file://${project.dir}`, clone]);
    const HEAD = gitIn(clone)('rev-parse', 'HEAD');
    gitIn(clone)('checkout', '--quiet', '--detach', 'HEAD^1');
    git('checkout', '--quiet', 'main');
    const PREVIEW = path.join(scratch, 'preview.json');
    const preview = { stack: 'main', refused: false, changes: [], violations: [], warnings: ['seen'], seconds: 1 };
    writeFileSync(PREVIEW, JSON.stringify(preview));
    const ran = await run(clone, 'record', tools, { BASE: 'HEAD', HEAD, PREVIEW, GITHUB_API_URL: github.api });
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('- seen') });
    expect(ran.stdout).toContain('| ▼ fall | `confidenceThreshold` | `0.55` | `0.7` |');
    expect(github.asked).toEqual([]);
    const wrong = await run(clone, 'record', tools, { HEAD });
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('BASE') });
  });

  it('record: a rise where the keys are committed and the ledger is with the stack is no failure', async () => {
    const account = { venue: 'simulated', id: 'simulated-1' };
    const at = { stack: 'main', projectDir: project.dir, home: path.join(scratch, 'the-stacks-machine') };
    const asked = { stack: 'main', account, passphrase: 'correct horse', drill: false, now: Date.now() };
    makeKeys(stackFiles(at), asked);
    commit('Pin the trust root');
    const ran = await run(project.dir, 'record', tools, { BASE: 'HEAD~2', HEAD: 'HEAD' });
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('## Needs the ledger: stack `main`') });
  });

  it('measure: signs with the key that it is given, and with none that is not in the trust root', async () => {
    const files = stackFiles(project.place);
    rmSync(stackFiles(project.place).trustRoot, { force: true });
    const account = { venue: 'simulated', id: 'simulated-1' };
    makeKeys(files, { stack: 'main', account, passphrase: 'correct horse', drill: false, now: Date.now() });
    const key = readFileSync(files.measureKey, 'utf8');
    // It comes from the environment alone.
    rmSync(files.measureKey);
    const given = await run(project.dir, 'measure', tools, { CUTOVER_MEASURE_KEY: key, PROOFS: 'preflight snapshot' });
    // Nothing runs here, so the first fails, is kept, and ends it.
    expect(given).toMatchObject({ exitCode: 4, stdout: expect.stringContaining('preflight FAILED on stack main') });
    const kept = readdirSync(files.evidence);
    expect(kept).toEqual([expect.stringMatching(/^preflight-/)]);
    const { payload } = JSON.parse(readFileSync(path.join(files.evidence, kept[0]!), 'utf8'));
    expect(JSON.parse(Buffer.from(payload, 'base64').toString()).predicate.passed).toBe(false);

    expect(JSON.stringify(given)).not.toContain('PRIVATE');

    const other = String(generateSigner().privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => readMeasureSigner(files, other)).toThrow(
      /^CUTOVER_MEASURE_KEY: the trust root in force does not know/,
    );
    expect(() => readMeasureSigner(files, 'hunter2')).toThrow(/^CUTOVER_MEASURE_KEY: expected an Ed25519 private key/);
    expect(() => readMeasureSigner(files)).toThrow(expect.objectContaining({ code: 'key_missing' }));
    const encrypted = readFileSync(files.approverKey, 'utf8');
    expect(() => readMeasureSigner(files, encrypted)).toThrow(expect.objectContaining({ code: 'passphrase_needed' }));
  });
});

describe('with a command line that writes down what it is asked', { timeout: 120_000 }, () => {
  let dir: string;
  let tools: string;
  let origin: string;
  let log: string;
  const git = (...args: string[]) => gitIn(dir)(...args);
  const asked = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
  const step = (name: string, env: Record<string, string> = {}) => run(dir, name, tools, env);

  beforeEach(() => {
    const at = mkdtempSync(path.join(scratch, 'stack-'));
    dir = path.join(at, 'here');
    tools = path.join(at, 'tools');
    origin = path.join(at, 'origin');
    log = path.join(at, 'log');
    mkdirSync(origin);
    cpSync(steps, path.join(origin, '.ci'), { recursive: true });
    gitIn(origin)('init', '--quiet', '--initial-branch', 'main');
    identify(origin);
    merge('stacks/Pulumi.main.yaml', 'paper');
    execFileSync('git', ['clone', '--quiet', origin, dir]);
    identify(dir);
    mkdirSync(path.join(dir, 'node_modules'));
    writeFileSync(path.join(dir, '.git', 'info', 'exclude'), 'node_modules\n');
    script(tools, 'npm', `echo "npm $*" >> '${log}'`);
    answer('exit 0');
  });

  /** What `cutover` does; `$2` is its verb. */
  const answer = (body: string) => script(tools, 'npx', `echo "$*" >> '${log}'\n${body}`);

  /** Merges a change of one file. @returns the commit */
  function merge(file: string, text: string): string {
    mkdirSync(path.dirname(path.join(origin, file)), { recursive: true });
    writeFileSync(path.join(origin, file), text);
    gitIn(origin)('add', '--all');
    gitIn(origin)('commit', '--quiet', '--message', `${file} ${text}`);
    return gitIn(origin)('rev-parse', 'HEAD');
  }

  it.each([
    [0, 0],
    [3, 0],
    [5, 5],
  ])('preview: keeps what was said where it exits with %i', async (code, exitCode) => {
    answer(`echo '{"said": true}'; exit ${code}`);
    const PREVIEW = path.join(dir, 'p.json');
    expect(await step('preview', { STACK: 'night', PREVIEW })).toMatchObject({ exitCode, stdout: '' });
    expect(asked()).toEqual(['cutover preview --stack night --json']);
    expect(JSON.parse(readFileSync(PREVIEW, 'utf8'))).toEqual({ said: true });
  });

  it('up: goes forward to the merged commit, applies it and looks', async () => {
    const COMMIT = merge('stacks/Pulumi.main.yaml', 'live');
    expect(await step('up', { COMMIT })).toMatchObject({ exitCode: 0 });
    expect(git('rev-parse', 'HEAD')).toBe(COMMIT);
    expect(asked()).toEqual(['cutover up --stack main --yes', 'cutover status --stack main']);
  });

  it('up: installs anew only where what is installed changed', async () => {
    merge('package-lock.json', '{}');
    await step('up', { COMMIT: merge('stacks/Pulumi.main.yaml', 'live') });
    expect(asked()[0]).toBe('npm ci');
    rmSync(log);
    await step('up', { COMMIT: merge('stacks/Pulumi.main.yaml', 'paper again') });
    expect(asked()).not.toContain('npm ci');
    rmSync(path.join(dir, 'node_modules'), { recursive: true });
    await step('up', { COMMIT: merge('stacks/Pulumi.main.yaml', 'once more') });
    expect(asked()).toContain('npm ci');
  });

  it('up: never undoes a rollback that was made here, nor goes back to an older commit', async () => {
    const older = merge('stacks/Pulumi.main.yaml', 'live');
    await step('up', { COMMIT: merge('notes.md', 'newer') });
    rmSync(log);
    expect(await step('up', { COMMIT: older })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('ahead'),
    });
    git('revert', '--no-edit', older);
    const reverted = git('rev-parse', 'HEAD');
    // Git could put the two together without a conflict.
    const newer = merge('other.md', 'newest');
    expect((await step('up', { COMMIT: newer })).exitCode).not.toBe(0);
    expect(git('rev-parse', 'HEAD')).toBe(reverted);
    expect(asked()).toEqual([]);
  });

  it('up: stops where it is refused, and waits for a permit no longer than it may', async () => {
    const COMMIT = merge('stacks/Pulumi.main.yaml', 'live');
    answer('[ "$2" != up ] || exit 3');
    expect((await step('up', { COMMIT })).exitCode).toBe(3);
    expect(asked()).toEqual(['cutover up --stack main --yes']);
    answer('[ "$2" != status ] || exit 4');
    expect((await step('up', { COMMIT, SETTLE_SECONDS: '0' })).exitCode).toBe(4);
    answer(`[ "$2" != status ] || [ "$(grep -c status '${log}')" -ge 3 ] || exit 4`);
    expect((await step('up', { COMMIT })).exitCode).toBe(0);
    expect((await step('up')).stderr).toContain('COMMIT');
  });

  it('drift: is none where what runs is what was merged', async () => {
    merge('notes.md', 'not of any stack');
    expect(await step('drift')).toMatchObject({ exitCode: 0 });
    expect(asked()).toEqual(['cutover status --stack main']);
  });

  it.each<[string, () => unknown]>([
    ['what runs is something else', () => answer('exit 4')],
    ['a merge was not applied', () => merge('stacks/Pulumi.main.yaml', 'live')],
    ['the config was changed here', () => writeFileSync(path.join(dir, 'stacks', 'Pulumi.main.yaml'), 'live')],
    [
      'a commit was made here',
      () => {
        writeFileSync(path.join(dir, 'stacks', 'Pulumi.main.yaml'), 'live');
        git('commit', '--quiet', '--all', '--message', 'by hand');
      },
    ],
  ])('drift: is told where %s', async (_, cause) => {
    cause();
    const before = [git('rev-parse', 'HEAD'), git('status', '--porcelain')];
    expect((await step('drift')).exitCode).toBe(4);
    expect([git('rev-parse', 'HEAD'), git('status', '--porcelain')]).toEqual(before);
  });

  it('drift: that cannot be looked for is not none', async () => {
    rmSync(origin, { recursive: true });
    expect((await step('drift')).exitCode).not.toBe(0);
  });

  it('measure: measures one after the other, and nothing without a key or of another name', async () => {
    const CUTOVER_MEASURE_KEY = 'key';
    expect((await step('measure', { CUTOVER_MEASURE_KEY })).exitCode).toBe(0);
    const proofs = ['preflight', 'snapshot', 'canary', 'drill'];
    expect(asked()).toEqual(proofs.map((proof) => `cutover ${proof} --stack main --yes`));
    rmSync(log);
    answer('[ "$2" != snapshot ] || exit 4');
    expect((await step('measure', { CUTOVER_MEASURE_KEY })).exitCode).toBe(4);
    expect(asked()).toHaveLength(2);
    rmSync(log);
    expect((await step('measure', { CUTOVER_MEASURE_KEY: '' })).stderr).toContain('the private key');
    for (const PROOFS of ['approve', 'keys', '--help', 'preflight;id', '*']) {
      rmSync(log, { force: true });
      expect(await step('measure', { CUTOVER_MEASURE_KEY, PROOFS })).toMatchObject({ exitCode: 2 });
      expect(asked()).toEqual([]);
    }
  });
});
