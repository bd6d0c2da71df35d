import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openConfigHistory } from '../../../scripts/shared/git';
import type { Project } from '../../../scripts/shared/project';

let root: string;
let project: Project;
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: project.projectDir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'cutover-git-'));
  // The project is a folder within the repository, as in a repository that holds more than a trading system.
  const projectDir = path.join(root, 'trading');
  project = {
    stack: 'main',
    projectDir,
    home: path.join(projectDir, '.cutover'),
    configFile: path.join(projectDir, 'stacks', 'Pulumi.main.yaml'),
  };
  mkdirSync(path.dirname(project.configFile), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function init(): void {
  execFileSync('git', ['init', '--quiet', '--initial-branch', 'main', root]);
  git('config', 'user.name', 'Operator');
  git('config', 'user.email', 'operator@example.com');
}

function commit(config: string, message: string, others: Record<string, string> = {}): string {
  writeFileSync(project.configFile, config);
  for (const [name, text] of Object.entries(others)) writeFileSync(path.join(project.projectDir, name), text);
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD').trim();
}

const open = () => openConfigHistory(project);
const config = () => readFileSync(project.configFile, 'utf8');
const status = () => git('status', '--porcelain');

describe('openConfigHistory', () => {
  it('needs a git repository, and says how to go back without', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'no_git',
      exitCode: 2,
      details: [expect.any(String), expect.stringContaining(project.configFile)],
    });
  });
});

describe('requireClean', () => {
  beforeEach(() => {
    init();
    commit('one\n', 'Start');
  });

  it('passes a committed config, whatever else has changed', async () => {
    writeFileSync(path.join(project.projectDir, 'notes.md'), 'unrelated');
    await (await open()).requireClean();
  });

  it.each<[string, () => void]>([
    ['changed', () => writeFileSync(project.configFile, 'two\n')],
    [
      'changed and staged',
      () => {
        writeFileSync(project.configFile, 'two\n');
        git('add', '--all');
      },
    ],
    ['gone', () => rmSync(project.configFile)],
    ['never added', () => (project = { ...project, configFile: newFile('Pulumi.night.yaml') })],
  ])('refuses a config that is %s', async (_what, change) => {
    change();
    await expect((await open()).requireClean()).rejects.toMatchObject({ code: 'dirty_config', exitCode: 2 });
  });

  function newFile(name: string): string {
    const file = path.join(project.projectDir, 'stacks', name);
    writeFileSync(file, 'new\n');
    return file;
  }
});

describe('lastChange', () => {
  beforeEach(init);

  it("finds the last commit that changed this stack's config, past those that did not", async () => {
    commit('one\n', 'Start');
    const changed = commit('two\n', 'Raise the\tlimit: "more" $(x)');
    commit('two\n', 'Another stack', { 'stacks/Pulumi.night.yaml': 'one\n' });
    expect(await (await open()).lastChange()).toEqual({
      commit: changed,
      subject: 'Raise the\tlimit: "more" $(x)',
      before: 'one\n',
    });
  });

  it('has nothing to go back to after the first commit, or before it', async () => {
    commit('one\n', 'Start');
    await expect((await open()).lastChange()).rejects.toMatchObject({ code: 'no_config_change', exitCode: 2 });
    project = { ...project, configFile: path.join(project.projectDir, 'stacks', 'Pulumi.night.yaml') };
    await expect((await open()).lastChange()).rejects.toMatchObject({ code: 'no_config_change', exitCode: 2 });
  });
});

describe('revert', () => {
  beforeEach(init);

  it('takes the config back and nothing else, and says so in the history', async () => {
    commit('one\n', 'Start', { 'code.ts': 'old' });
    const changed = commit('two\n', 'Go', { 'code.ts': 'new' });
    writeFileSync(path.join(project.projectDir, 'code.ts'), 'at work');
    git('add', '--all');
    const history = await open();
    const reverted = await history.revert(await history.lastChange());
    expect(config()).toBe('one\n');
    expect(reverted).toBe(git('rev-parse', 'HEAD').trim());
    expect(git('show', '--format=%B', '--name-only', 'HEAD').split('\n').filter(Boolean)).toEqual([
      'Revert "Go"',
      `This reverts commit ${changed}, the config of stack main alone.`,
      'trading/stacks/Pulumi.main.yaml',
    ]);
    // What somebody was working on is as it was, staged.
    expect(status()).toBe('M  trading/code.ts\n');
  });

  it('goes one step further back each time, and never brings back what was reverted', async () => {
    commit('one\n', 'Start');
    commit('two\n', 'Second agent');
    commit('three\n', 'Looser limit');
    const history = await open();
    await history.revert(await history.lastChange());
    expect(config()).toBe('two\n');
    await history.revert(await history.lastChange());
    expect(config()).toBe('one\n');
    await expect(history.lastChange()).rejects.toMatchObject({ code: 'no_config_change' });
  });

  it("knows a revert that was made by git's own command", async () => {
    commit('one\n', 'Start');
    commit('two\n', 'Second agent');
    commit('three\n', 'Looser limit');
    git('revert', '--no-edit', 'HEAD');
    expect(await (await open()).lastChange()).toMatchObject({ subject: 'Second agent' });
  });

  it('reverts what was changed again after a rollback', async () => {
    commit('one\n', 'Start');
    commit('two\n', 'Second agent');
    const history = await open();
    await history.revert(await history.lastChange());
    commit('four\n', 'Another model');
    expect(await history.lastChange()).toMatchObject({ subject: 'Another model', before: 'one\n' });
  });

  it('leaves the config as it was when git does not take the commit', async () => {
    commit('one\n', 'Start');
    const head = commit('two\n', 'Go');
    const hook = path.join(root, '.git', 'hooks', 'pre-commit');
    mkdirSync(path.dirname(hook), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\necho the tests fail >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    const history = await open();
    await expect(history.revert(await history.lastChange())).rejects.toMatchObject({
      code: 'git_failed',
      exitCode: 1,
      details: ['the tests fail'],
    });
    expect(config()).toBe('two\n');
    expect(status()).toBe('');
    expect(git('rev-parse', 'HEAD').trim()).toBe(head);
  });
});
