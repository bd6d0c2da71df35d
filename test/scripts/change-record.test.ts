import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

// The command line on a real git repository. What it says of which change is in test/report/change-record/.

let project: SmallProject;
const git = (...args: string[]) => execFileSync('git', args, { cwd: project.dir, encoding: 'utf8' });
const record = (...args: string[]) => project.run(['change-record', ...args]);

function commit(message: string): void {
  git('add', '--all', '.');
  git('commit', '--quiet', '--message', message);
}

beforeAll(async () => {
  project = await makeSmallProject();
  writeFileSync(path.join(project.dir, '.gitignore'), '.cutover/\nmain.js\n*.preview.json\n');
  git('init', '--quiet', '--initial-branch', 'main');
  git('config', 'user.name', 'Operator');
  git('config', 'user.email', 'operator@example.com');
  commit('Paper');
  project.set(['confidenceThreshold'], 0.7);
  commit('Another threshold');
  project.set(['tradingMode'], 'live');
  commit('Live');
});
afterAll(() => project.destroy());

describe('cutover change-record', () => {
  it('writes Markdown and nothing else on standard output, and exits by the verdict', async () => {
    const allowed = await record('--base', 'HEAD~2', '--head', 'HEAD~1');
    expect(allowed).toMatchObject({ exitCode: 0 });
    expect(allowed.stdout).toMatch(/^<!-- cutover:change-record:main -->\n## Allowed: stack `main`, paper → paper\n/);
    expect(allowed.stdout).toContain('| ▼ fall | `confidenceThreshold` | `0.55` | `0.7` |');
    const refused = await record('--base', 'HEAD~1', '--head', 'HEAD');
    expect(refused).toMatchObject({ exitCode: 3 });
    expect(refused.stdout).toContain('## Refused: stack `main`, paper → live\n');
    expect(refused.stdout).toContain('The ledger cannot be read');
  });

  it('says the same as JSON, and of the working tree', async () => {
    const { stdout, exitCode } = await record('--base', 'HEAD', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ stack: 'main', verdict: 'allowed', changes: [], drift: null });
  });

  it('takes a preview from a file, and says where it is of something else', async () => {
    const file = path.join(project.dir, 'one.preview.json');
    const preview = {
      stack: 'main',
      refused: false,
      changes: [],
      violations: [],
      warnings: ['<b>@desk</b>'],
      seconds: 1,
    };
    writeFileSync(file, JSON.stringify({ ...preview, posture: `sha256:${'0'.repeat(64)}` }));
    const { stdout } = await record('--base', 'HEAD~2', '--head', 'HEAD~1', '--preview-json', file);
    expect(stdout).toContain('The preview is of another posture than the head');
    expect(stdout).toContain('`<b>@desk</b>`');
    writeFileSync(file, '{"stack": "main"');
    expect(await record('--base', 'HEAD', '--preview-json', file)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('--preview-json: expected the output of cutover preview --json'),
    });
  });

  it.each([
    [[], 2, '--base: expected a git revision'],
    [['--base', 'nowhere'], 2, '--base: expected a revision of this repository, received "nowhere"'],
    [['--base', 'HEAD', '--preview', '--preview-json', 'x'], 2, 'expected no --preview beside it'],
    [['--base', 'HEAD', '--preview-json', 'nowhere.json'], 2, '--preview-json: expected a file that can be read'],
  ])('refuses wrong use: %j', async (args, exitCode, message) => {
    const ran = await record(...args);
    expect(ran).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  });

  it('works on a detached head and in no git says so', async () => {
    git('checkout', '--quiet', '--detach');
    expect(await record('--base', 'HEAD~1', '--head', 'HEAD~1')).toMatchObject({ exitCode: 0 });
    rmSync(path.join(project.dir, '.git'), { recursive: true });
    const ran = await record('--base', 'HEAD');
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  });
});
