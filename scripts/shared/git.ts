import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ProcessPromise, $ as shell } from 'zx';
import { CutoverError, exitCodes } from '../../errors';
import type { Project } from './project';
import { withoutSalt } from './stack-config';

/** A commit that changed a stack's config. */
export interface ConfigChange {
  readonly commit: string;
  readonly subject: string;
  /** The config's text before that commit. */
  readonly before: string;
}

/** The history of one stack's config file in git. */
export interface ConfigHistory {
  /** @throws CutoverError `dirty_config` (exit code 2) when the file has changes that are not committed */
  requireClean(): Promise<void>;
  /** @throws CutoverError `no_config_change` (exit code 2) when there is nothing to go back to */
  lastChange(): Promise<ConfigChange>;
  /** Commits the config as it was before a change, and nothing else. @returns the new commit */
  revert(change: ConfigChange): Promise<string>;
}

/** @throws CutoverError `no_git` (exit code 2) when the project is not in a git repository */
export async function openConfigHistory(project: Project): Promise<ConfigHistory> {
  const git = shell({ cwd: project.projectDir, quiet: true, nothrow: true });
  const root = await git`git rev-parse --show-toplevel`;
  if (root.exitCode !== 0) {
    throw new CutoverError(
      'no_git',
      `expected ${project.projectDir} to be in a git repository, since a rollback reverts the commit that changed the config`,
      {
        exitCode: exitCodes.usage,
        details: [
          root.stderr.trim(),
          `Without git: put the former values into ${project.configFile} and run cutover up.`,
        ],
      },
    );
  }
  const file = path.relative(project.projectDir, project.configFile);
  const run = async (step: string, result: ProcessPromise) => {
    const { exitCode, stdout, stderr } = await result;
    if (exitCode === 0) return stdout;
    throw new CutoverError('git_failed', `git cannot ${step}`, {
      exitCode: exitCodes.unexpected,
      details: stderr.trim().split('\n'),
    });
  };
  const show = async (revision: string) => {
    const { exitCode, stdout } = await git`git show ${revision}`;
    return exitCode === 0 ? stdout : undefined;
  };

  return {
    async requireClean() {
      const committed = await show(`HEAD:./${file}`);
      const present = existsSync(project.configFile) ? readFileSync(project.configFile, 'utf8') : undefined;
      if (committed !== undefined && present !== undefined && sameConfig(committed, present)) return;
      throw new CutoverError(
        'dirty_config',
        `expected ${file} to be committed, but it has changes that git does not know`,
        {
          exitCode: exitCodes.usage,
          details: [`Commit them or take them back (git checkout -- ${file}), then run cutover rollback again.`],
        },
      );
    },

    async lastChange() {
      const log = await run('read the history', git`git log --format=%H%x1f%s%x1f%b%x1e -- ${file}`);
      // A rollback after a rollback goes one step further back: what it reverted is not brought back, and its own
      // commit is not reverted.
      const undone = new Set<string>();
      for (const entry of log.split('\x1e').filter((text) => text.trim() !== '')) {
        const [commit = '', subject = '', body = ''] = entry.trimStart().split('\x1f');
        const reverted = /This reverts commit ([0-9a-f]{40})/.exec(body)?.[1];
        if (reverted) undone.add(reverted);
        if (reverted || undone.has(commit)) continue;
        const [before, after] = [await show(`${commit}^:./${file}`), await show(`${commit}:./${file}`)];
        if (before === undefined) break; // the commit that brought the file
        if (after === undefined || !sameConfig(before, after)) return { commit, subject, before };
      }
      throw new CutoverError('no_config_change', `expected a commit that changed ${file} after its first, found none`, {
        exitCode: exitCodes.usage,
        details: [`Put other values into ${file}, commit them, and run cutover up. A halted stack stays halted.`],
      });
    },

    async revert(change) {
      // The config alone, whatever else the commit held: a rollback must not take code back with it.
      await run('restore the former config', git`git checkout ${`${change.commit}^`} -- ${file}`);
      const message = `Revert "${change.subject}"\n\nThis reverts commit ${change.commit}, the config of stack ${project.stack} alone.`;
      try {
        await run('commit the former config', git`git commit --quiet --message ${message} -- ${file}`);
      } catch (error) {
        // A hook that refuses, or no name to commit under: the config must not stay half reverted.
        await git`git checkout HEAD -- ${file}`;
        throw error;
      }
      return (await run('name the new commit', git`git rev-parse HEAD`)).trim();
    },
  };
}

/** The engine's own line in a stack's config is not a change of config. */
function sameConfig(one: string, other: string): boolean {
  return withoutSalt(one) === withoutSalt(other);
}
