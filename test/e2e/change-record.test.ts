import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Document } from 'yaml';
import { workloadNames } from '../../posture/posture';
import { stackFiles } from '../../scripts/shared/stack-files';
import { explainFailures } from '../helpers/explain-failures';
import { forgeCanary } from '../helpers/forge-canary';
import { type GitHubServer, startGitHub } from '../helpers/github-server';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { withoutDigests } from '../helpers/steady';
import { storeFirstProofs } from '../helpers/store-proofs';

/**
 * Five changes of one real stack, told with the real engine, packs, git, ledger and guardian. Each is a branch of its own;
 * the JSON is the verb's, and the Markdown is what the same run put on the pull request.
 */
let project: TestProject;
let github: GitHubServer;
let fall: Told;
const passphrase = 'correct horse battery';
const patient = { timeout: 60_000, interval: 200 };
const packs = ['live-promotion', 'workload-safety'].flatMap((pack) => ['--policy-pack', `policies/${pack}`]);
const bothRefuse = ['refuse-live-posture', 'refuse-live-workload'];

explainFailures(() => project);

beforeAll(async () => {
  await prepareEngine();
  [project, github] = await Promise.all([makeProject(), startGitHub('octo/desk', 7)]);
  vi.stubEnv('GITHUB_REPOSITORY', 'octo/desk');
  vi.stubEnv('GITHUB_API_URL', github.api);
  vi.stubEnv('GITHUB_TOKEN', 'a-token-of-the-test');
  const typed = `${passphrase}\n`;
  const keys = await project.atTerminal(
    ['keys', 'init'],
    [
      [/New passphrase.*: /, typed],
      [/The same again: /, typed],
    ],
  );
  expect(keys, keys.screen).toMatchObject({ exitCode: 0 });
  commit('Pin the trust root');
  await up();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await github?.close();
  await project?.destroy();
});

function commit(message: string): void {
  project.git('add', '--all');
  project.git('commit', '--quiet', '--message', message);
}

async function up(): Promise<void> {
  const done = await project.cutover('up');
  expect(done, done.stderr).toMatchObject({ exitCode: 0 });
}

const askLive = (config: Document) => set(config, 'tradingMode', 'live');
const lower = (config: Document) => set(config, ['risk', 'maxOrderUsd'], 2_500);

/** Signs every proof of going live from what main says, as the verbs would have. */
async function proveLive(): Promise<void> {
  const { json, stderr } = await project.cutover('explain', '--to', 'live');
  expect(json, stderr).toBeDefined();
  storeFirstProofs(project.place, json.posture, passphrase);
}

/** What a change is told to be. */
interface Expected {
  readonly verdict: 'allowed' | 'needs_proof' | 'refused';
  /** Each dimension, as its direction and what it is. */
  readonly changes: readonly string[];
  readonly restarts: readonly string[];
  /** The policies that refuse it. */
  readonly policies?: readonly string[];
  /** What the first command of the way back begins with. */
  readonly revert: string;
}

interface Told {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every shape
  readonly json: any;
  readonly markdown: string;
}

/**
 * Makes a change on a branch from main, has it told, and holds what is told against what is expected, against what plain
 * pulumi says, and against the approved text.
 */
async function expectTold(approved: string, branch: string, change: () => unknown, expected: Expected): Promise<Told> {
  project.git('checkout', '--quiet', '-b', branch, 'main');
  await change();
  const action = github.comments.length === 0 ? 'created' : 'updated';
  const revisions = ['--base', 'main', '--head', branch];
  const { json, exitCode, stderr } = await project.cutover(
    'change-record',
    ...revisions,
    '--preview',
    '--comment',
    '7',
  );
  const plain = await project.pulumi('preview', '--json', '--refresh', '--stack', 'main', ...packs);
  expect(project.git('status', '--porcelain')).toBe('');
  project.git('checkout', '--quiet', 'main');

  const { verdict, changes, restarts, policies = [], revert } = expected;
  expect(json, stderr).toMatchObject({ verdict, source: 'decision', drift: [], openHalts: [] });
  expect(exitCode).toBe(verdict === 'allowed' ? 0 : 3);
  expect(json.changes.map(({ direction, what }: Record<string, string>) => `${direction} ${what}`)).toEqual(changes);
  expect(json.revert.commands[0].command).toMatch(new RegExp(`^cutover ${revert} --stack main`));

  // The blast radius is what the two configs say; the preview and plain pulumi have looked at what runs.
  const touched = json.blastRadius.touched.map(({ workload, operation }: Record<string, string>) => [
    workload,
    operation,
  ]);
  expect(touched).toEqual(restarts.map((name) => [name, 'restart']));
  expect(json.blastRadius.untouched).toEqual(workloadNames.filter((name) => !restarts.includes(name)));
  const previewed = json.preview.changes.map(({ name, operation }: Record<string, string>) => `${operation} ${name}`);
  const updates = restarts.length === 0 ? [] : ['posture', ...restarts].map((name) => `update ${name}`);
  expect(previewed.sort()).toEqual(updates.sort());
  expect(changesOf(plain.json).sort(), plain.stderr).toEqual(updates);
  expect(json.alarms.filter((alarm: string) => alarm.startsWith('Drift'))).toEqual([]);

  expect(json.preview.violations.map(({ policy }: { policy: string }) => policy)).toEqual(policies);
  expect(json.preview.refused).toBe(policies.length > 0);
  expect(plain.exitCode === 0).toBe(policies.length === 0);

  // However many changes were told, there is one comment.
  expect(github.comments).toHaveLength(1);
  expect(json.comment).toMatchObject({ action });
  const markdown = github.comments[0]!.body;
  await expect(steady(markdown)).toMatchFileSnapshot(path.join(__dirname, 'change-record', `${approved}.md`));
  return { json, markdown };
}

/** What `pulumi preview --json` would do, but for the engine's own resources. */
const changesOf = ({ steps }: { steps: { op: string; urn: string }[] }): string[] =>
  steps
    .filter(({ op, urn }) => !['same', 'refresh', 'read'].includes(op) && !urn.includes('::pulumi:'))
    .map(({ op, urn }) => `${op} ${urn.split('::').at(-1)}`);

/** A record without what differs from run to run. */
const steady = (markdown: string): string =>
  withoutDigests(markdown)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replace(/-\d{8}T\d{6}Z-/g, '-TIME-')
    // In the order in which they were made, which some were in the same moment.
    .replace(/(- `\w+-TIME-.*\n)+/g, (lines) => lines.split(/^/m).sort().join(''))
    .replace(/`[0-9a-f]{10}`/g, '`##########`')
    .replace(/\d+ min, to TIME/g, '# min, to TIME')
    .replace(/It took \d+\.\d s/, 'It took # s');

describe('the change record of a real stack', () => {
  it('nothing: a comment in the config', async () => {
    const change = () =>
      project.configure('Say why', (config) => {
        config.commentBefore = ' Reviewed on <b>Monday</b>.';
      });
    await expectTold('no-op', 'a-comment', change, {
      verdict: 'allowed',
      changes: [],
      restarts: [],
      revert: 'halt',
    });
  });

  it('a rise: live, without any proof', async () => {
    const { json } = await expectTold('rise', 'go-live', () => project.configure('Go live', askLive), {
      verdict: 'needs_proof',
      changes: ['rise tradingMode'],
      restarts: ['backend'],
      policies: bothRefuse,
      revert: 'rollback',
    });
    expect(json.toMake).toEqual(['preflight', 'snapshot', 'canary', 'drill', 'approval']);
  });

  it('tampered: live, with a canary that says more than was signed', async () => {
    const change = async () => {
      await proveLive();
      forgeCanary(stackFiles(project.place).evidence);
      project.configure('Go live', askLive);
    };
    const { json } = await expectTold('tampered', 'forged', change, {
      verdict: 'refused',
      changes: ['rise tradingMode'],
      restarts: ['backend'],
      policies: bothRefuse,
      revert: 'rollback',
    });
    expect(json.toMake).toEqual(['canary']);
    expect(json.preview.violations[0].message).toContain('[bad_signature]');
  });

  it('a fall: smaller orders, under a live grant', async () => {
    await proveLive();
    project.configure('Promote to live', askLive);
    await up();
    await expect.poll(async () => (await project.get('gateway', '/health')).permit.state, patient).toBe('held');
    fall = await expectTold('fall', 'smaller', () => project.configure('Smaller orders', lower), {
      verdict: 'allowed',
      changes: ['fall risk.maxOrderUsd'],
      restarts: ['backend'],
      revert: 'halt',
    });
  });

  it('mixed: one agent more, smaller orders, and names that are markup', async () => {
    const change = () => {
      writeFileSync(path.join(project.dir, 'night.sh'), 'exec sleep 1000\n');
      project.configure('A night trader', (config) => {
        lower(config);
        const args = ['<img src=x onerror=alert(1)>', '| `@desk` \u202e'];
        set(config, ['agents', 'night_trader'], { enabled: true, command: ['sh', 'night.sh'], args });
      });
    };
    const { json, markdown } = await expectTold('mixed', 'night/<b>@desk</b>|`x`', change, {
      verdict: 'needs_proof',
      changes: ['rise agents.night_trader', 'fall risk.maxOrderUsd'],
      restarts: ['backend', 'orchestrator'],
      policies: bothRefuse,
      revert: 'halt',
    });
    expect(json.toMake).toEqual(['preflight', 'watch', 'soak', 'approval']);
    expect(markdown).not.toMatch(/<(b|img)|@desk|\u202e/);
  });

  it('what was told is what happens: the fall restarts the backend alone, and the guardian grants what was previewed', async () => {
    const before = await project.pids();
    project.git('checkout', '--quiet', 'smaller');
    await up();
    const after = await project.pids();
    expect(workloadNames.filter((name) => before[name] !== after[name])).toEqual(['backend']);
    const grant = async () => (await project.get('guardian', '/health')).grant;
    await expect.poll(grant, patient).toMatchObject({ state: 'granted', posture: fall.json.preview.posture });
  });
});
