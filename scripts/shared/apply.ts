import { existsSync } from 'node:fs';
import { CutoverError, type ExitCode, exitCodes, messageOf } from '../../errors';
import { createOperations } from '../../platforms/operations';
import type { Conflict } from '../../platforms/platform';
import { preparePlatform } from '../../platforms/prepare';
import { createView } from '../../platforms/view';
import type { Posture, WorkloadName } from '../../posture/posture';
import { workloadNames } from '../../posture/posture';
import { declareStack } from '../../workloads/declare-all';
import { checkPacks } from './check-packs';
import { type EngineOutcome, type EngineVerb, type ResourceChange, runEngine, type Violation } from './engine-run';
import { openEngine } from './engine-session';
import { handOverKeys } from './make-keys';
import { settle } from './settle';
import { readStackConfig } from './stack-config';
import { stackFiles } from './stack-files';
import type { VerbContext } from './verb';
import { watchObstacles } from './watch-obstacles';

/** A port is a setting of this stack; what else is in the way is not of its config. */
const conflictExits: Record<Conflict['code'], ExitCode> = {
  port_taken: exitCodes.usage,
  name_taken: exitCodes.unexpected,
  storage_class_missing: exitCodes.missing,
  quota_exceeded: exitCodes.missing,
};

/** What came of applying or previewing a stack's config. */
export interface Applied {
  readonly exitCode: ExitCode;
  readonly refused: boolean;
  readonly posture: Posture;
  readonly changes: readonly ResourceChange[];
  readonly violations: readonly Violation[];
  readonly warnings: readonly string[];
  readonly addresses: Readonly<Record<WorkloadName, string>>;
  /** How long the engine took, seconds. */
  readonly seconds: number;
}

/**
 * Applies (or previews) a stack's config with the engine and the packs. Everything that can be known to be wrong is
 * said before the engine is started.
 * @throws CutoverError `invalid_config` (2), `engine_missing` (5), `engine_failed`, `stack_locked` (1), and those of
 * conflicts, packs and obstacles: `pack_changed` (3), `port_taken` (2), `name_taken` (1), `storage_class_missing`, `quota_exceeded`, `image_missing`, `pod_refused` (5)
 */
export async function applyStack(verb: Exclude<EngineVerb, 'destroy'>, context: VerbContext): Promise<Applied> {
  const config = readStackConfig(context);
  await preparePlatform(config, context, context.progress);
  const view = createView(config, context);
  const { posture, workloads } = declareStack(config, context.stack, context.home, view);
  const operations = createOperations(context, config);
  const conflicts = await operations.findConflicts(workloads, view);
  const [worst] = conflicts;
  if (worst) {
    throw new CutoverError(worst.code, `stack ${context.stack} cannot be brought up: nothing was changed`, {
      exitCode: conflictExits[worst.code],
      details: conflicts.map(({ sentence }) => sentence),
    });
  }
  // What the packs judge by. Without it they refuse every rise; a fall needs nothing.
  await operations
    .fetchData('guardian')
    .catch((error) => context.progress(`the ledger is out of reach: ${messageOf(error)}`));
  checkPacks(posture, context);
  const session = await openEngine(context, context.progress);
  const started = Date.now();
  const warnings: string[] = [];
  context.progress(
    `${verb === 'up' ? 'applying' : 'previewing'} stack ${context.stack} with ${session.engine.path} ${session.engine.version}`,
  );
  const { progress } = context;
  const run = (packs: boolean) =>
    verb === 'up'
      ? watchObstacles(operations, workloads, view, progress, async (signal) =>
          settle(operations, await runEngine(verb, context, session, { packs, progress, signal }), progress, signal),
        )
      : runEngine(verb, context, session, { packs, progress });
  let outcome = await run(true);
  if (mayBeThePacks(outcome) && posture.tradingMode === 'paper') {
    // The way down must not depend on the packs: a paper posture passes without them.
    const why = outcome.errors.slice(0, shownErrors).join('; ');
    warnings.push(`the policy packs cannot be used, which does not hold up a paper posture: ${why}`);
    outcome = await run(false);
  }
  if (verb === 'up' && outcome.exitCode === 0) warnings.push(...(await handOverLeftKeys(context)));
  const violations = outcome.violations.filter(({ level }) => level === 'mandatory');
  warnings.push(...describeAdvice(outcome));
  const refused = violations.length > 0;
  if (outcome.exitCode !== 0 && !refused) {
    // Of a platform that went away in the middle the engine tells a broken connection at most.
    const gone = await operations.observe().then(() => undefined, asIs);
    throw engineFailed(verb, outcome, gone);
  }
  return {
    exitCode: refused ? exitCodes.refused : exitCodes.done,
    refused,
    posture,
    changes: outcome.changes,
    violations,
    warnings,
    addresses: Object.fromEntries(workloadNames.map((name) => [name, view.addressOf(name)])) as Applied['addresses'],
    seconds: (Date.now() - started) / 1000,
  };
}

/**
 * Gives guardian and gateway the keys that were made while they could not be reached: the guardian's own then still lies
 * here. @returns why it could not be done
 */
async function handOverLeftKeys(context: VerbContext): Promise<string[]> {
  const files = stackFiles(context);
  if (!existsSync(files.guardian.key)) return [];
  try {
    // What was just brought up says where it is.
    await handOverKeys(createOperations(context), files);
    return [];
  } catch (error) {
    return [
      `guardian and gateway have not got their keys yet: ${messageOf(error)}; the next cutover up hands them over`,
    ];
  }
}

const asIs = (error: unknown) => error;

/** An engine that failed, in its own words. @param gone why the platform does not answer, where it does not */
export function engineFailed(verb: EngineVerb, outcome: EngineOutcome, gone?: unknown): CutoverError {
  const failed = `the engine's ${verb} failed`;
  const details = [...outcome.errors];
  if (gone instanceof CutoverError)
    return new CutoverError(gone.code, `${failed}: ${gone.message}`, { exitCode: gone.exitCode, details });
  return new CutoverError('engine_failed', failed, { exitCode: exitCodes.unexpected, details });
}

/** What would be refused towards live, and is no reason not to be in paper. What a preview cannot know yet is none. */
const describeAdvice = ({ violations }: EngineOutcome): string[] =>
  violations.filter(({ policy }) => policy === 'advise-in-paper').map(({ message }) => message);

/** How many of the engine's messages a warning shows. */
const shownErrors = 3;

/**
 * Whether a run may have failed because of the packs: one that cannot be loaded ends the engine before it begins, for
 * whatever reason it gives; one that crashes is named. Where it was something else, a run without packs fails again.
 */
export function mayBeThePacks({ exitCode, begun, violations, errors }: EngineOutcome): boolean {
  if (exitCode === 0 || violations.length > 0) return false;
  return !begun || errors.some((message) => /policy pack|failed to run policy/i.test(message));
}

/** The refusal, worst reason first, as text. */
export function describeRefusal(applied: Applied): string {
  const reasons = [...new Set(applied.violations.map(({ message, policy }) => `  - ${message} [${policy}]`))];
  return [
    `Refused: stack ${applied.posture.stack} may not change to this posture. Nothing was changed.`,
    ...reasons,
  ].join('\n');
}

const words: Record<string, string> = { create: 'start', update: 'restart', delete: 'stop', replace: 'replace' };

/** The changes as lines of text. */
export function describeChanges(changes: readonly ResourceChange[]): string {
  if (changes.length === 0) return '  no changes';
  return changes
    .map(({ name, operation }) => `  ${name === 'posture' ? operation : (words[operation] ?? operation)} ${name}`)
    .join('\n');
}
