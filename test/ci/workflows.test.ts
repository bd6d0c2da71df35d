// biome-ignore-all lint/suspicious/noTemplateCurlyInString: as a workflow writes it
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cacheFolder } from '../../toolchain/cache';
import { tryTool } from '../helpers/tool';
import { findFaults, type Workflow } from './rules';

const root = path.resolve(__dirname, '..', '..');
const folder = path.join(root, '.github', 'workflows');
const caller = path.join(root, 'docs', 'ci', 'caller.yml');
const files = [...readdirSync(folder).map((name) => path.join(folder, name)), caller];
const read = (file: string) => readFileSync(file, 'utf8');
const hasScript = (name: string) => {
  try {
    accessSync(path.join(root, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
const faultsOf = (text: string) => findFaults(parse(text) as Workflow, text, hasScript);
const nameOf = (file: string) => path.relative(root, file);

describe.each(files.map((file) => [nameOf(file), read(file)] as const))('%s', (_, text) => {
  it('keeps every rule', () => expect(faultsOf(text)).toEqual([]));

  it('puts nothing that others wrote into a command', () => {
    const { jobs } = parse(text) as Workflow;
    const commands = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
    expect(commands.filter((run) => run.includes('${{'))).toEqual([]);
  });
});

describe('a workflow that breaks a rule', () => {
  const change = path.join(folder, 'cutover.yml');
  const measure = path.join(folder, 'cutover-measure.yml');
  /** One change of a file, what it is of, and what is found. */
  const broken: readonly (readonly [string, string | RegExp, string, RegExp])[] = [
    [change, 'workflow_call:', 'pull_request_target:\n  workflow_call:', /^on: pull_request_target/],
    [change, /^permissions: \{\}$/m, 'permissions: write-all', /^permissions: expected none/],
    [change, 'contents: read', 'contents: write', /^preview: permission contents: write/],
    [change, 'pull-requests: write', 'id-token: write', /^record: permission id-token/],
    [change, /\n {4}permissions: \{\}/, '', /^up: permissions are not said/],
    [change, 'timeout-minutes: 20', 'timeout-minutes: 0', /^preview: no timeout/],
    [change, 'cutover-up-${{ inputs.stack }}', 'cutover-up', /^up: concurrency is not by stack/],
    [change, 'cancel-in-progress: false', 'cancel-in-progress: true', /^up: cut off midway/],
    [
      change,
      "if: github.event_name == 'push' && ",
      "if: github.event_name != 'schedule' || ",
      /^up: a pull request comes/,
    ],
    [
      change,
      '- run: .ci/drift',
      `- uses: actions/cache@${'0'.repeat(40)}\n      - run: .ci/drift`,
      /^drift: an action/,
    ],
    [change, /@3d3c42e[0-9a-f]+ # v7.0.1/, '@v7', /^preview: actions\/checkout@v7 is not pinned/],
    [change, ' # v7.0.0', '', /does not say its version/],
    [change, 'persist-credentials: false', 'fetch-tags: true', /^preview: a checkout leaves its token/],
    [change, '      - run: git checkout --quiet --detach HEAD^1\n', '', /^record: the change's own code may write/],
    [change, 'head.repo.full_name == github.repository', 'head.repo.fork == true', /^record: a token for a fork/],
    [
      change,
      'STACK: ${{ inputs.stack }}',
      'STACK: ${{ secrets.KEY }}',
      /^preview: a secret where a pull request comes/,
    ],
    [change, 'STACK: ${{ inputs.stack }}', 'STACK: ${{ github.token }}', /^preview: a token for every step/],
    [change, 'path: ${{ runner.temp }}/preview', 'path: .', /^record: what another job made is put over/],
    [change, '- run: .ci/up', '- run: .ci/deploy', /^up: there is no .ci\/deploy/],
    [change, '- run: .ci/up', '- run: echo ${{ github.head_ref }}', /^up: it runs echo/],
    [measure, "github.event_name == 'workflow_dispatch' && ", '', /^measure: a secret where a pull request comes/],
    [measure, '          PROOFS:', '          APPROVER_KEY: x\n          PROOFS:', /^measure: the approver's key/],
    [caller, "if: github.event_name == 'workflow_dispatch'", "if: github.event_name != 'x'", /^measure: a secret/],
  ];

  it.each(broken.map((one) => [String(one[3]), one] as const))('is found: %s', (_, [file, from, into, found]) => {
    const text = read(file).replace(from, () => into);
    expect(text).not.toBe(read(file));
    expect(faultsOf(text)).toContainEqual(expect.stringMatching(found));
  });

  it('is found: every secret for what a pull request reaches', () => {
    const text = read(caller).replace(
      '      folder: /srv/trading\n',
      '      folder: /srv/trading\n    secrets: inherit\n',
    );
    expect(faultsOf(text)).toEqual(['change: a secret where a pull request comes']);
  });
});

describe("the caller's example", () => {
  const { jobs } = parse(read(caller)) as { jobs: Record<string, { uses: string; with: object; secrets?: object }> };

  it.each(Object.entries(jobs))('%s gives the workflow that it calls what that asks for', (_, job) => {
    const called = parse(read(path.join(root, job.uses))) as {
      on: { workflow_call: { inputs: Record<string, { required?: boolean }>; secrets?: object } };
    };
    const { inputs, secrets = {} } = called.on.workflow_call;
    const asked = Object.keys(inputs).filter((name) => inputs[name]?.required);
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(job.with)));
    expect(Object.keys(job.with)).toEqual(expect.arrayContaining(asked));
    expect(Object.keys(job.secrets ?? {})).toEqual(Object.keys(secrets));
  });
});

/** `GOBIN=~/.cache/cutover/tools go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7` puts it there. */
const kept = path.join(cacheFolder(process.env), 'tools', 'actionlint');
const actionlint = [tryTool('sh', '-c', 'command -v actionlint').trim(), kept].find(
  (file) => tryTool('sh', '-c', `test -x '${file}' && echo yes`) !== '',
);
const why = actionlint ? '' : ` (skipped: actionlint is neither on PATH nor ${kept})`;

describe.skipIf(!actionlint)(`actionlint${why}`, () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'cutover-workflows-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const lint = () => execa(actionlint!, ['-no-color'], { cwd: dir, reject: false });

  it('has nothing to say, and would have', async () => {
    const into = path.join(dir, '.github', 'workflows');
    mkdirSync(into, { recursive: true });
    mkdirSync(path.join(dir, '.git'));
    for (const file of files) writeFileSync(path.join(into, path.basename(file)), read(file));
    expect(await lint()).toMatchObject({ stdout: '', exitCode: 0 });
    writeFileSync(
      path.join(into, 'test.yml'),
      read(path.join(folder, 'test.yml')).replace('github.ref ', 'github.reff '),
    );
    expect(await lint()).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('reff') });
  });
});
