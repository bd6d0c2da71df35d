import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { auditLedger } from './audit';
import { expire, jump } from './commands/clock';
import { goBack, revert, tighten } from './commands/fall';
import { close, halt } from './commands/incident';
import { again, expand, goLive, loosen, promote, rotate } from './commands/rise';
import type { HistoryCommand } from './commands/step';
import { repair, tamper } from './commands/tamper';
import { knownHistories } from './known-histories';
import { newState, type State, type Venue } from './model/state';
import { type Parts, System, soundParts, type Tally } from './system/system';
import { worldOf } from './system/world';

/** What some histories came to. */
export interface Histories {
  readonly histories: number;
  readonly commands: number;
  /** The first history that broke something, shrunk, with how to run it again. */
  readonly violation: string | null;
  /** How often which command was run, which reason was given, and what was altered. */
  readonly tally: Tally;
}

interface RunOptions {
  readonly seed: number;
  readonly count: number;
  /** Whether those of `known-histories.ts` come first; they are not counted. */
  readonly known?: boolean;
  readonly parts?: Parts;
  readonly plants?: Map<string, Parts['decide']>;
}

/** The histories of one seed: a violation names its seed, and these are run again then. */
export const perSeed = 25;

/** The longest history, in commands. */
const maxCommands = 22;

// A command that is here more than once is picked more often: what leads to live, and what makes live possible again.
const commands = [
  ...[promote, promote, promote, expand, expand, expand, rotate, rotate, rotate, loosen, loosen, loosen, again],
  ...[tighten, revert, goBack, halt, close, close, expire, jump, tamper, repair, repair],
];

const historiesOf = fc.record({
  beginsLive: fc.constantFrom(true, true, false),
  venue: fc.constantFrom<Venue>('simulated', 'sandbox'),
  steps: fc.commands<State, System>(commands, { maxCommands, size: 'max' }),
});

/**
 * Runs random histories of one seed against the model.
 * @param options.count how many
 * @param options.parts with a fault planted; a history that it breaks is not made smaller then
 * @param options.plants decisions that are asked beside the real one; who is caught is taken away
 */
export function runHistories(options: RunOptions): Histories {
  const { seed, count, known = false, parts, plants = new Map() } = options;
  const scratch = mkdtempSync(path.join(quickFolder(), 'cutover-histories-'));
  const tally: Tally = {};
  const run = (venue: Venue, steps: Iterable<HistoryCommand>) =>
    runOne(venue, steps, new System(worldOf(venue), scratch, tally, parts ?? soundParts, plants));
  const property = fc.property(historiesOf, ({ venue, beginsLive, steps }) =>
    run(venue, beginsLive ? [goLive, ...steps] : steps),
  );
  try {
    const broken = describeFirst(() => {
      for (const { venue, steps } of known ? knownHistories : []) run(venue, steps);
    });
    if (broken !== null) return { histories: 1, commands: 0, violation: broken, tally };
    const details = fc.check(property, { seed, numRuns: count, endOnFailure: parts !== undefined });
    return {
      histories: details.numRuns,
      commands: Object.entries(tally).reduce((sum, [what, times]) => sum + (isCommand(what) ? times : 0), 0),
      violation: details.failed ? `${fc.defaultReportMessage(details)}\n${describeError(details.errorInstance)}` : null,
      tally,
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const isCommand = (what: string) => what.startsWith('command ');

/** What breaks; null where nothing does. */
function describeFirst(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return `a known history: ${describeError(error)}`;
  }
}

const describeError = (error: unknown) => (error instanceof Error ? error.stack : String(error));

function runOne(venue: Venue, steps: Iterable<HistoryCommand>, real: System): void {
  const model = newState(venue);
  try {
    fc.modelRun(() => ({ model, real }), steps);
    real.repair();
    auditLedger(real);
  } finally {
    real.remove();
  }
}

/** In memory where there is such a folder: histories sync their files at every step. */
function quickFolder(): string {
  const inMemory = '/dev/shm';
  return statSync(inMemory, { throwIfNoEntry: false })?.isDirectory() ? inMemory : tmpdir();
}
