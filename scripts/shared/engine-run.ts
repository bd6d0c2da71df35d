import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { EngineEvent } from '@pulumi/pulumi/automation';
import { execa } from 'execa';
import { packageDir } from '../../package-dir';
import { createStack, type EngineSession } from './engine-session';
import { packNames } from './expected-policies';
import { hasPendingOperations } from './pending-operations';
import type { Project } from './project';
import { withoutSalt } from './stack-config';
import { clearStaleLocks } from './state-lock';

export type EngineVerb = 'up' | 'preview' | 'destroy';

/** What the engine did or would do to one resource. */
export interface ResourceChange {
  readonly name: string;
  readonly type: string;
  readonly operation: string;
}

/** What a policy said. */
export interface Violation {
  readonly policy: string;
  readonly pack: string;
  readonly level: string;
  readonly resource: string;
  readonly message: string;
}

export interface EngineOutcome {
  readonly exitCode: number;
  /** Whether it came as far as the stack itself; before that it opens the state and loads the packs. */
  readonly begun: boolean;
  readonly changes: readonly ResourceChange[];
  readonly violations: readonly Violation[];
  readonly errors: readonly string[];
}

/** How the engine is run. */
export interface RunOptions {
  readonly packs: boolean;
  /** Has it end what it has begun, record that, and begin nothing more. */
  readonly signal?: AbortSignal;
  progress(message: string): void;
}

/**
 * Runs the engine on a stack, and waits for it through Ctrl-C: the engine gets that signal too, finishes what it has
 * begun and records it.
 */
export async function runEngine(
  verb: EngineVerb,
  project: Project,
  session: EngineSession,
  options: RunOptions,
): Promise<EngineOutcome> {
  for (const sentence of clearStaleLocks(project, session)) options.progress(sentence);
  let outcome = await runOnce(verb, project, session, options);
  if (outcome.errors.some((message) => /no stack named/.test(message))) {
    await createStack(project, session);
    outcome = await runOnce(verb, project, session, options);
  }
  if (outcome.errors.some((message) => /currently locked by/.test(message))) {
    // Another run was a moment faster. It is named, or has ended by now.
    clearStaleLocks(project, session);
    outcome = await runOnce(verb, project, session, options);
  }
  if (verb !== 'preview' && outcome.exitCode === 0 && hasPendingOperations(project, session)) {
    // What became of it is settled by now: `up` has adopted or replaced it, `down` ends it by its mark. The engine
    // would keep the record of it, and warn of it, for ever.
    options.progress('clearing the record of what a killed run had begun');
    const { errors } = await runOnce('refresh', project, session, options);
    for (const message of errors) options.progress(message);
  }
  return outcome;
}

async function runOnce(
  verb: EngineVerb | 'refresh',
  project: Project,
  session: EngineSession,
  options: RunOptions,
): Promise<EngineOutcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-run-'));
  const eventLog = path.join(folder, 'events.json');
  // The engine keeps the salt of its encryption in the config file that it is given. It gets a copy, without any salt:
  // the stack's file is the record of what was asked for, and no run may change it.
  const configFile = path.join(folder, path.basename(project.configFile));
  // What takes things away asks for nothing: it must work whatever the file says, and without it.
  const needsConfig = verb === 'up' || verb === 'preview';
  writeFileSync(configFile, needsConfig ? withoutSalt(readFileSync(project.configFile, 'utf8')) : '{}\n');
  const args = [verb, '--stack', project.stack, '--non-interactive', '--color', 'never', '--event-log', eventLog];
  args.push('--config-file', configFile);
  if (verb !== 'preview') args.push('--yes', '--skip-preview');
  if (verb === 'refresh') args.push('--clear-pending-creates');
  if (needsConfig) {
    args.push('--refresh');
    if (options.packs)
      args.push(...packNames.flatMap((pack) => ['--policy-pack', path.join(packageDir(), 'policies', pack)]));
  }
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const run = execa('pulumi', args, {
    cwd: project.projectDir,
    // The event log is an option for debuggers, and what the engine's own Automation API reads.
    env: { ...session.environment, PULUMI_DEBUG_COMMANDS: 'true' },
    reject: false,
    stdin: 'ignore',
  });
  const forward = () => run.kill('SIGINT');
  process.on('SIGTERM', forward);
  options.signal?.addEventListener('abort', forward);
  if (options.signal?.aborted) forward();
  const tell = tellProgress(eventLog, options.progress);
  const teller = setInterval(tell, tellingMs);
  try {
    const { exitCode, stderr } = await run;
    // What it began since the last look.
    tell();
    return readOutcome(exitCode ?? 1, stderr, readEvents(eventLog));
  } finally {
    clearInterval(teller);
    process.off('SIGINT', ignore);
    process.off('SIGTERM', forward);
    options.signal?.removeEventListener('abort', forward);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often to look for something to tell, milliseconds; and after how many silent looks to say that it goes on. */
const tellingMs = 500;
const silentLooks = 10;

/** Tells what the engine begins, as it writes it to its event log, and that it is still at it when it is silent. */
function tellProgress(eventLog: string, progress: (message: string) => void): () => void {
  const started = Date.now();
  const told = new Set<string>();
  let silent = 0;
  return () => {
    const changes = readOutcome(0, '', readEvents(eventLog)).changes.filter(({ name }) => !told.has(name));
    for (const { name, operation } of changes) {
      told.add(name);
      progress(`  ${operation} ${name}`);
    }
    silent = changes.length > 0 ? 0 : silent + 1;
    if (silent % silentLooks === 0 && silent > 0)
      progress(`  still at it, ${Math.round((Date.now() - started) / 1000)} s`);
  };
}

function readEvents(file: string): EngineEvent[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // it failed before it had anything to say
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as EngineEvent];
    } catch {
      return []; // the last line of an engine that was killed
    }
  });
}

/** What a run's events say. Pure. */
export function readOutcome(exitCode: number, stderr: string, events: readonly EngineEvent[]): EngineOutcome {
  const changes: ResourceChange[] = [];
  const violations: Violation[] = [];
  const errors: string[] = [];
  const printed: string[] = [];
  for (const event of events) {
    const metadata = event.resourcePreEvent?.metadata;
    if (metadata && !['same', 'refresh', 'read'].includes(metadata.op) && !metadata.type.startsWith('pulumi:')) {
      changes.push({ name: nameOf(metadata.urn), type: metadata.type, operation: metadata.op });
    }
    if (event.policyEvent) {
      const { policyName, policyPackName, enforcementLevel, message, resourceUrn } = event.policyEvent;
      violations.push({
        policy: policyName,
        pack: policyPackName,
        level: enforcementLevel,
        resource: nameOf(resourceUrn ?? ''),
        message: reasonOf(message),
      });
    }
    if (event.diagnosticEvent?.severity === 'error') errors.push(clean(event.diagnosticEvent.message));
    if (event.diagnosticEvent?.severity === 'info#err') printed.push(clean(event.diagnosticEvent.message));
  }
  // What ended before it could report an error in form has at best printed why, as a pack that cannot be loaded does.
  if (exitCode !== 0 && errors.length === 0) errors.push(...printed, ...clean(stderr).split('\n'));
  const begun = events.some((event) => event.preludeEvent !== undefined);
  return { exitCode, begun, changes, violations, errors: errors.filter(Boolean) };
}

/** What a policy reported: the engine puts the policy's description before it, on a line of its own. */
const reasonOf = (message: string) => clean(message).split('\n').slice(1).join('\n').trim() || clean(message);

const nameOf = (urn: string) => urn.split('::').at(-1) ?? urn;

/** A diagnostic without the engine's colour directives and a terminal's colours. */
function clean(message: string): string {
  return stripVTControlCharacters(message.replaceAll(/<\{%.*?%\}>/g, '')).trim();
}
