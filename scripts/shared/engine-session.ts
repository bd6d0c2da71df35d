import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CutoverError, exitCodes } from '../../errors';
import { writeAtomically } from '../../platforms/process/atomic-file';
import { type Engine, ensureEngine } from '../../toolchain/engine';
import { engineEnvironment } from '../../toolchain/engine-environment';
import type { Project } from './project';

/** An engine, and the environment in which plain `pulumi` works on the stack's state. */
export interface EngineSession {
  readonly engine: Engine;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Has an engine (finds, downloads or builds it) and the state's folder and passphrase ready.
 * @throws CutoverError `engine_missing` (exit code 5)
 */
export async function openEngine(
  project: Project,
  onProgress: (message: string) => void,
  signal?: AbortSignal,
): Promise<EngineSession> {
  const engine = await ensureEngine({ onProgress, signal });
  return { engine, environment: stateEnvironment(engine, project) };
}

/** What plain `pulumi` needs to work on the same state. A passphrase is named by its file, never by its value. */
function stateEnvironment(engine: Engine, project: Project): Record<string, string> {
  const { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  const environment: Record<string, string> = {
    ...engineEnvironment(engine, { home: project.home }),
    CUTOVER_HOME: project.home,
    // Program, provider and packs are started anew each time, and much of that is compiling the same code again.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(project.home, 'compile-cache'),
    // The salt of the state's encryption stays in the state: an engine that wrote it into the stack's config would
    // change the very file whose every change is a change of risk.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
    PULUMI_BACKEND_URL: PULUMI_BACKEND_URL ?? `file://${path.join(project.home, 'state')}`,
  };
  if (!PULUMI_BACKEND_URL) mkdirSync(path.join(project.home, 'state'), { recursive: true });
  if (PULUMI_CONFIG_PASSPHRASE_FILE) environment.PULUMI_CONFIG_PASSPHRASE_FILE = PULUMI_CONFIG_PASSPHRASE_FILE;
  else if (PULUMI_CONFIG_PASSPHRASE === undefined)
    environment.PULUMI_CONFIG_PASSPHRASE_FILE = ensurePassphrase(project.home);
  return environment;
}

/** The passphrase of the state's encryption: random, made once, readable by its owner only. */
function ensurePassphrase(home: string): string {
  const file = path.join(home, 'passphrase');
  if (!existsSync(file)) writeAtomically(file, `${randomBytes(24).toString('base64url')}\n`, 0o600);
  return file;
}

/**
 * Makes the stack in the state where there is none yet. It is made from a folder beside the project, because the engine
 * writes the encryption's salt into the config of a stack that it makes.
 */
export async function createStack(project: Project, session: EngineSession): Promise<void> {
  const beside = mkdtempSync(path.join(tmpdir(), 'cutover-stack-'));
  try {
    writeFileSync(path.join(beside, 'Pulumi.yaml'), 'name: cutover\nruntime: nodejs\n');
    const { exitCode, stderr } = await execa(
      'pulumi',
      ['stack', 'init', project.stack, '--non-interactive', '--no-select'],
      {
        cwd: beside,
        env: session.environment,
        reject: false,
      },
    );
    if (exitCode !== 0 && !/already exists/.test(stderr)) {
      throw new CutoverError('stack_not_made', `the engine cannot make the stack ${project.stack}`, {
        exitCode: exitCodes.unexpected,
        details: stderr.trim().split('\n'),
      });
    }
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
