import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A stack's config without what the engine writes into it for its own use. */
export function withoutSalt(text: string): string {
  return text.replaceAll(/^encryptionsalt:.*\n?/gm, '');
}

/**
 * Takes the salt of the state's encryption out of a stack's config file again. Plain `pulumi` writes it there on every
 * run, also where it finds it in the state, and a `git revert` of the config would then stop at a file that has changed.
 * A salt stays where the commit has one, where there is no commit to compare with, and where the engine was not told
 * (PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER) to look for it in the state.
 * @param file the stack's config file, absolute
 */
export function takeBackSalt(file: string, projectDir: string, environment: NodeJS.ProcessEnv = process.env): void {
  if (!/^(1|true)$/i.test(environment.PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER ?? '')) return;
  try {
    const text = readFileSync(file, 'utf8');
    const clean = withoutSalt(text);
    if (clean === text) return;
    const committed = execFileSync('git', ['show', `HEAD:./${path.relative(projectDir, file)}`], {
      cwd: projectDir,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (withoutSalt(committed) === committed) writeFileSync(file, clean);
  } catch {
    // No file, no git, no commit, not writable: one line more in a file is no reason to hold up the program.
  }
}
