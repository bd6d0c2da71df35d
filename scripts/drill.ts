import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { readPrivateKey } from '../evidence/keys';
import { createOperations } from '../platforms/operations';
import type { Digest } from '../posture/digest';
import { digestDrillPart } from '../posture/judge-evidence';
import { signApproval } from './approve';
import { proveCanary } from './canary';
import { down } from './down';
import { haltStack } from './halt';
import { provePreflight } from './preflight';
import { applyStack } from './shared/apply';
import { awaitLive } from './shared/await-live';
import { findEarlierDrills, makePlace, type Place, stopDrill, takeDrillLock } from './shared/drill-place';
import { interrupted, listenForInterrupt, pause } from './shared/interrupt';
import { makeKeys } from './shared/make-keys';
import { proofResult } from './shared/prove';
import { readMeasureKey, type StoredProof, signProof } from './shared/sign-proof';
import { stackFiles } from './shared/stack-files';
import { type JudgedTarget, judgeTarget, readLiveTarget, readTarget } from './shared/target';
import type { Verb, VerbContext } from './shared/verb';
import { proveSnapshot } from './snapshot';

/** The last order may be executed this long after the halt, seconds. */
const boundSeconds = 1;
/** How long after a halt the venue's record is looked at, seconds: longer than a lease. */
const watchedSeconds = 20;
const orderSeconds = 180;

/** Goes live and halts, on a stack of its own, before the real one does. */
export const drill: Verb = {
  name: 'drill',
  description:
    'Take a copy of the stack live on the simulated venue, with its own account, keys and ledger, and halt it.',
  examples: [['cutover drill --json', "prove that a halt ends trading in time, by the venue's own record"]],
  async run(context) {
    const judged = await judgeTarget(context, readLiveTarget(context));
    const { proof, steps, haltSeconds, home } = await proveDrill(context, judged);
    const lines = steps.map(
      ({ name, passed, detail }) => `  ${passed ? 'ok  ' : 'FAIL'} ${name}${detail ? `: ${detail}` : ''}`,
    );
    return proofResult(context.stack, proof, { steps, haltSeconds, boundSeconds, home }, lines);
  },
};

interface Step {
  readonly name: string;
  readonly passed: boolean;
  readonly detail?: string;
}

/**
 * Makes the drill of a target. Whatever becomes of it, its system is stopped; what a drill that was killed has left
 * running is stopped by the next one.
 * @throws EvidenceError when the measure key cannot be used; CutoverError for the config, `drill_runs` (1), `interrupted` (4)
 */
export async function proveDrill(context: VerbContext, judged: JudgedTarget) {
  const signer = readMeasureKey(context);
  const lock = takeDrillLock(context);
  const interrupt = listenForInterrupt(() => context.progress('drill: interrupted, stopping what it has started'));
  const steps: Step[] = [];
  let haltSeconds = 0;
  let place: Place | undefined;
  let genesis: Digest;
  try {
    for (const earlier of findEarlierDrills(context)) {
      context.progress(`drill: stopping what an earlier drill has left in ${earlier.home}`);
      await endDrill(earlier);
    }
    place = await makePlace(context, judged);
    context.progress(`drill: stack ${place.context.stack} in ${place.context.home}`);
    ({ genesis } = makeKeys(stackFiles(place.context), {
      stack: place.context.stack,
      account: { venue: 'simulated', id: place.account },
      passphrase: place.passphrase,
      drill: true,
      now: Date.now(),
    }));
    haltSeconds = await rehearse(place, judged, steps, interrupt.signal);
  } finally {
    if (place) await endDrill(place.context);
    interrupt.release();
    lock.release();
  }
  if (interrupt.signal.aborted) throw interrupted();
  const proof = signProof(
    context,
    {
      kind: 'drill',
      passed: steps.every(({ passed }) => passed) && haltSeconds <= boundSeconds,
      measurements: {
        drillAccount: place.account,
        drillGenesis: genesis,
        steps,
        haltSeconds,
        boundSeconds,
      },
      measured: digestDrillPart(judged.posture),
      target: judged,
      timeScale: 1,
      rawData: null,
    },
    signer,
    Date.now(),
  );
  return { proof, steps, haltSeconds, home: place.context.home };
}

/** Takes a drill's system down, and ends what is left of it where the engine cannot. */
async function endDrill(context: VerbContext): Promise<void> {
  await down.run(context, {}).catch((error) => context.progress(`drill: ${messageOf(error)}`));
  await stopDrill(context);
}

/** Up in paper, proved, approved, live, trading, halted. A step that fails ends it. @returns seconds until the last order */
async function rehearse(place: Place, judged: JudgedTarget, steps: Step[], signal: AbortSignal): Promise<number> {
  const { context } = place;
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T | undefined> => {
    if (signal.aborted || steps.some(({ passed }) => !passed)) return undefined;
    context.progress(`drill: ${name}`);
    try {
      const result = await run();
      steps.push({ name, passed: true });
      return result;
    } catch (error) {
      const details = error instanceof CutoverError ? error.details : [];
      const detail = [messageOf(error), ...details].join('; ').slice(0, 2000);
      context.progress(`drill: failed at "${name}": ${detail}`);
      steps.push({ name, passed: false, detail });
      return undefined;
    }
  };
  const judge = () => judgeTarget(context, readLiveTarget(context));
  const requirePass = async (made: Promise<{ proof: StoredProof }>) => {
    const { proof } = await made;
    if (!proof.passed) throw new Error(`it failed: ${[...proof.failures, proof.file].join('; ')}`);
  };
  await step('the posture is the target’s', async () => {
    const drilled = digestDrillPart(readLiveTarget(context).posture);
    if (drilled !== digestDrillPart(judged.posture)) throw new Error('what is drilled is not what is to go live');
  });
  await step('up in paper', () => apply(context));
  await step('preflight', () => requirePass(judge().then((judgement) => provePreflight(context, judgement))));
  await step('snapshot', () => requirePass(judge().then((judgement) => proveSnapshot(context, judgement))));
  await step('canary', () =>
    requirePass(judge().then((judgement) => proveCanary(context, judgement, { minutes: 30, signal }))),
  );
  await step('approval', async () => {
    const approver = readPrivateKey(stackFiles(context).approverKey, place.passphrase);
    signApproval(context, await judge(), approver, { minutes: 30, comment: 'drill' });
  });
  await step('live', async () => {
    writeFileSync(context.configFile, place.configIn('live'));
    await apply(context);
    await awaitLive(context, readTarget(context).posture, signal);
  });
  await step('a live order is executed', () => awaitExecution(context, signal));
  const halted = await step('halt', async () => {
    const at = await readVenueTime(context);
    const report = await haltStack(context.stack, createOperations(context), 'drill');
    if (!report.halted) throw new Error(report.problems.join('; '));
    return at;
  });
  if (halted === undefined) return 0;
  const last = await step('no order after the halt', async () => {
    await pause(watchedSeconds * 1000, signal);
    return lastExecution(context);
  });
  return last === undefined ? 0 : Math.max(0, (last - halted) / 1000);
}

async function apply(context: VerbContext): Promise<void> {
  const applied = await applyStack('up', context);
  if (!applied.refused) return;
  const details = applied.violations.map(({ message }) => message);
  throw new CutoverError('refused', 'the packs refuse it', { exitCode: exitCodes.refused, details });
}

async function awaitExecution(context: VerbContext, signal: AbortSignal): Promise<void> {
  for (const deadline = Date.now() + orderSeconds * 1000; Date.now() < deadline; await pause(250, signal)) {
    if ((await lastExecution(context)) !== undefined) return;
  }
  throw new Error(`the venue has executed no order within ${orderSeconds} s`);
}

/** When the venue executed its last order, by its own record and clock, milliseconds. */
async function lastExecution(context: VerbContext): Promise<number | undefined> {
  const operations = createOperations(context);
  await operations.fetchData('simulated-venue');
  const file = path.join(operations.dataOf('simulated-venue'), 'venue.db');
  const database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
  try {
    const row = database.prepare('SELECT max(venue_ms) AS last FROM executions').get();
    return typeof row?.last === 'number' ? row.last : undefined;
  } finally {
    database.close();
  }
}

/** The venue's own time, milliseconds. */
async function readVenueTime(context: VerbContext): Promise<number> {
  const address = await createOperations(context).addressOf('simulated-venue');
  const response = await fetch(`${address}/time`, { signal: AbortSignal.timeout(2_000) });
  const { time } = (await response.json()) as { time: unknown };
  if (typeof time !== 'number') throw new Error('the venue does not say its time');
  return time;
}
