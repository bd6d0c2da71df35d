import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestDrillPart } from '../../posture/judge-evidence';
import { digestPosture } from '../../posture/posture';
import { makeKeys } from '../../scripts/shared/make-keys';
import { readMeasureKey, signProof } from '../../scripts/shared/sign-proof';
import { stackFiles } from '../../scripts/shared/stack-files';
import { inPaper, readLiveTarget, type Target } from '../../scripts/shared/target';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

const passphrase = 'correct horse';
const prompt = /Passphrase of the approver's key.*: /;
const kinds = ['preflight', 'snapshot', 'canary', 'drill'] as const;
const now = new Date();

/** Measurements of each kind that pass. */
const measurements = {
  preflight: { checks: [{ name: 'all', passed: true }] },
  snapshot: { files: [{ name: 'trader.db', digest: `sha256:${'0'.repeat(64)}`, bytes: 1, rows: { live_trades: 2 } }] },
  canary: {
    verdict: 'promote',
    baseline: 'flat',
    trades: 30,
    minTrades: 30,
    alpha: 0.05,
    margin: 0.001,
    mean: 0.002,
    lower: 0.0001,
    upper: 0.004,
    dataFrom: now.toISOString(),
    dataUntil: now.toISOString(),
    trainedUntil: null,
  },
  drill: {
    drillAccount: 'simulated-1-drill',
    drillGenesis: `sha256:${'1'.repeat(64)}`,
    steps: [{ name: 'halt', passed: true }],
    haltSeconds: 0.1,
    boundSeconds: 1,
  },
} as const;

let project: SmallProject;
beforeAll(async () => {
  project = await makeSmallProject();
  makeKeys(stackFiles(project.place), {
    stack: 'main',
    account: { venue: 'simulated', id: 'simulated-1' },
    passphrase,
    drill: false,
    now: now.getTime(),
  });
});
afterAll(() => project.destroy());

const verdict = async () => JSON.parse((await project.run(['verify', '--to', 'live', '--json'])).stdout);
const missing = async () => (await verdict()).reasons.map(({ proof }: { proof: string }) => proof);

/** The target as the verb under test sees it: it runs from another folder, so that its code has other digests. */
async function readTarget(): Promise<Target> {
  const { posture } = JSON.parse((await project.run(['explain', '--to', 'live', '--json'])).stdout);
  return { config: readLiveTarget(project.place).config, posture };
}

async function prove(kind: (typeof kinds)[number]): Promise<void> {
  const target = await readTarget();
  signProof(
    project.place,
    {
      kind,
      passed: true,
      measurements: measurements[kind] as never,
      measured: kind === 'drill' ? digestDrillPart(target.posture) : digestPosture(inPaper(target)),
      target,
      timeScale: 1,
      rawData: null,
    },
    readMeasureKey(project.place),
    Date.now(),
  );
}

it('is refused while any other proof is missing, and names each', async () => {
  for (const [index, kind] of kinds.entries()) {
    const refused = await project.run(['approve', '--json']);
    expect(refused.exitCode).toBe(3);
    const { code, details } = JSON.parse(refused.stdout).error;
    expect(code).toBe('not_ready');
    expect(details).toEqual(kinds.slice(index).map((left) => `there is no ${left} [missing]`));
    await prove(kind);
  }
  expect(await missing()).toEqual(['approval']);
});

it('is typed at a terminal, by whoever knows the passphrase', async () => {
  const piped = await project.run(['approve', '--yes', '--json']);
  expect(JSON.parse(piped.stdout).error.code).toBe('terminal_needed');
  const typed = [prompt, 'correct house\r'] as const;
  const wrong = await project.runAtTerminal(['approve'], [typed, typed, typed]);
  expect(wrong.exitCode, wrong.screen).toBe(3);
  expect(wrong.screen).toMatch(/2 tries left.*one try left.*the passphrase does not open it/s);
  const cancelled = await project.runAtTerminal(['approve'], [[prompt, '\u0003']]);
  expect(cancelled.exitCode, cancelled.screen).toBe(3);
  expect(await missing()).toEqual(['approval']);
});

it('shows the change and its proof, and then the change is allowed', async () => {
  const approved = await project.runAtTerminal(
    ['approve', '--comment', 'agreed'],
    [
      [prompt, 'mistyped\r'],
      [prompt, `${passphrase}\r`],
    ],
  );
  expect(approved.exitCode, approved.screen).toBe(0);
  for (const shown of ['tradingMode', ...kinds]) expect(approved.screen).toContain(shown);
  expect(approved.screen).not.toContain(passphrase);
  expect(await verdict()).toMatchObject({ verdict: 'allow', reasons: [] });
});

it('is for that change alone: another limit needs proofs of its own', async () => {
  project.set(['risk', 'maxOrderUsd'], 4_999);
  expect(await missing()).toEqual(['preflight', 'snapshot', 'canary', 'drill', 'approval']);
  project.set(['risk', 'maxOrderUsd'], 5_000);
  expect((await verdict()).verdict).toBe('allow');
});

it('explains every evidence, and garbage between them changes nothing', async () => {
  const folder = stackFiles(project.place).evidence;
  writeFileSync(path.join(folder, 'canary-garbage.json'), '{"payload": 1');
  const explained = await project.run(['explain', '--to', 'live', '--json']);
  expect(explained.exitCode).toBe(0);
  const { gates } = JSON.parse(explained.stdout);
  expect(gates.map(({ proof, status }: Record<string, string>) => `${proof} ${status}`)).toEqual(
    [...kinds, 'approval'].map((kind) => `${kind} counts`),
  );
  const others = gates.flatMap((gate: { others: object[] }) => gate.others);
  expect(others).toMatchObject([{ file: 'canary-garbage.json', code: 'malformed' }]);
  expect(readdirSync(folder)).toHaveLength(kinds.length + 2);
});

it('nothing is said of a change without a rise', async () => {
  expect((await project.run(['verify'])).exitCode).toBe(0);
});

it('between revisions: what the working tree changes, and without git why not', async () => {
  const none = await project.run(['verify', '--base', 'HEAD', '--json']);
  expect(none.exitCode).toBe(2);
  expect(JSON.parse(none.stdout).error.code).toBe('no_git');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: project.dir });
  git('init', '--quiet');
  git('add', 'stacks', 'models', 'Pulumi.yaml');
  git('-c', 'user.name=Operator', '-c', 'user.email=operator@example.com', 'commit', '--quiet', '--message', 'Start');
  const allowed = await project.run(['verify', '--to', 'live', '--base', 'HEAD']);
  expect(allowed.exitCode, allowed.stderr).toBe(0);
  expect(allowed.stdout).toMatch(
    /^From HEAD \([0-9a-f]{10}\) to working tree:\nAllowed: paper -> live on stack main\./,
  );
  project.set(['risk', 'maxOrderUsd'], 4_999);
  const refused = await project.run(['explain', '--to', 'live', '--base', 'HEAD']);
  expect(refused.exitCode).toBe(3);
  expect(refused.stdout).toContain('risk.maxOrderUsd: 5000 -> 4999');
  expect(refused.stdout).toContain('[other_target]');
  const help = await project.run(['verify', '--help']);
  for (const shown of ['--base <revision>', '--head <revision>', '$ cutover verify --base']) {
    expect(help.stdout).toContain(shown);
  }
});
