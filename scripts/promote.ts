import { writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { namespace } from '../config';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { missingProofs } from '../posture/describe-decision';
import type { Evidence, EvidenceKind, TrustRoot } from '../posture/proof';
import { approveTarget } from './approve';
import { proveCanary } from './canary';
import { proveDrill } from './drill';
import { provePreflight } from './preflight';
import { applyStack, describeRefusal } from './shared/apply';
import { approverKeyOption } from './shared/approver-key';
import { awaitLive } from './shared/await-live';
import { describeLack } from './shared/co-sign';
import { describeReasons, describeTransition } from './shared/describe-target';
import { listenForInterrupt } from './shared/interrupt';
import type { StoredProof } from './shared/sign-proof';
import { readStackFile } from './shared/stack-config';
import { type JudgedTarget, judgeTarget, readTarget } from './shared/target';
import { askYesNo } from './shared/terminal';
import type { Verb, VerbContext } from './shared/verb';
import { findDifferences } from './shared/verify-running';
import { proveSnapshot } from './snapshot';
import { proveSampling, readPlan } from './watch';

/** A proof has to be fresh for this much longer when the change begins, seconds. */
const leftSeconds = 600;

type Options = Readonly<Record<string, unknown>>;

/** Takes a stack one step up, with everything that the step needs. */
export const promote: Verb = {
  name: 'promote',
  description:
    'Take the stack one step up: make the missing proofs, change the config, apply, wait for grant and permit.',
  options: [
    ['--to <mode>', 'live: from paper to live'],
    ['--agent <name>', 'enable one more agent'],
    ['--minutes <n>', 'how long watch and soak sample, minutes (what the trust root asks for)'],
    ['--time-scale <n>', 'for watch and soak on the simulated venue: let time pass n times as fast'],
    ['--min-closes <n>', 'for watch and soak: closed trades that must be seen (1)'],
    ['--closes-source <name>', 'for watch and soak: trader.db, or exit_manager.db (trader.db)'],
    ['--comment <text>', 'for the approval'],
    approverKeyOption,
  ],
  examples: [
    ['cutover promote --to live', 'go live; asks before each proof, and for the approval at the terminal'],
    ['cutover promote --agent quant_company_agent --yes', 'one more agent; makes every proof but the approval unasked'],
  ],
  async run(context, options) {
    const before = readStackFile(context);
    const text = changeConfig(before, options);
    const steps: string[] = [];
    const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
      try {
        const result = await run();
        steps.push(name);
        return result;
      } catch (error) {
        throw stopped(name, steps, error);
      }
    };
    await makeProofs(context, text, options, step);
    await step('approval', () => approveChange(context, text, options));
    // From here on Ctrl-C must not leave a change half done: it is taken back.
    const interrupt = listenForInterrupt(() => context.progress('promote: interrupted, taking the change back'));
    writeFileSync(context.configFile, text);
    try {
      await step('preview', () => apply('preview', context));
      await step('apply', () => apply('up', context));
      const { posture } = readTarget(context, text);
      await step('grant and permit', () => awaitLive(context, posture, interrupt.signal));
      await step('every replica', async () => {
        const differences = await findDifferences(context, posture);
        if (differences.length > 0) throw failed('what runs is not what was asked for', differences);
      });
    } catch (error) {
      await takeBack(context, before, steps.includes('preview'));
      throw error;
    } finally {
      interrupt.release();
    }
    const json = { stack: context.stack, promoted: true, steps, config: context.configFile };
    const lines = [
      `Stack ${context.stack} is promoted: ${steps.join(', ')}.`,
      `Commit the config and the evidence: git add stacks && git commit -m "Promote stack ${context.stack}"`,
    ];
    return { exitCode: exitCodes.done, json, text: lines.join('\n') };
  },
};

/** The config with exactly one step more. @throws CutoverError `one_step` (exit code 2) */
export function changeConfig(text: string, { to, agent }: Options): string {
  if ((to === undefined) === (agent === undefined) || (to !== undefined && to !== 'live')) {
    throw new CutoverError('one_step', 'promote takes one step: expected either --to live or --agent NAME', {
      exitCode: exitCodes.usage,
    });
  }
  const config = parseDocument(text);
  if (to === 'live') config.setIn(['config', `${namespace}:tradingMode`], 'live');
  else config.setIn(['config', `${namespace}:agents`, String(agent), 'enabled'], true);
  return config.toString();
}

/** Names the missing proofs, and makes them in their order: asked for each, or unasked with `--yes`. */
async function makeProofs(
  context: VerbContext,
  text: string,
  options: Options,
  step: <T>(name: string, run: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const judge = () => judgeTarget(context, readTarget(context, text));
  const judged = await judge();
  for (const line of describeTransition(judged)) context.progress(line);
  const ground = judged.decision.reasons.filter(({ proof }) => proof === undefined);
  if (ground.length > 0) {
    const details = describeReasons({ ...judged, decision: { ...judged.decision, reasons: ground } });
    throw new CutoverError('not_ready', `stack ${context.stack} cannot be promoted`, {
      exitCode: exitCodes.refused,
      details: details.map((line) => line.replace(/^\s*! /, '')),
    });
  }
  const missing = findMissing(judged);
  context.progress(`missing proofs: ${[...missing, 'approval'].join(', ')}`);
  // Asked anew after each: a watch that is made again leaves a soak that began before it without effect.
  const made = new Set<EvidenceKind>();
  const findNext = (kinds: typeof missing) => kinds.find((kind) => !made.has(kind));
  let next = findNext(missing);
  while (next !== undefined) {
    const kind = next;
    if (!context.yes && !(await askYesNo(`Make the ${kind} now?`))) {
      throw new CutoverError('proof_missing', `there is no ${kind}, and it was not to be made`, {
        exitCode: exitCodes.refused,
      });
    }
    await step(kind, async () => {
      const proof = await makers[kind](context, await judge(), options);
      if (!proof.passed) throw failed(`the ${kind} failed`, [...proof.failures, proof.file]);
    });
    made.add(kind);
    next = findNext(findMissing(await judge()));
  }
}

const makers: Record<
  Exclude<EvidenceKind, 'approval'>,
  (context: VerbContext, judged: JudgedTarget, options: Options) => Promise<StoredProof>
> = {
  preflight: async (context, judged) => (await provePreflight(context, judged)).proof,
  snapshot: async (context, judged) => (await proveSnapshot(context, judged)).proof,
  canary: async (context, judged) => (await proveCanary(context, judged, { minutes: 30 })).proof,
  watch: async (context, judged, options) =>
    (await proveSampling('watch', context, judged, readPlan('watch', judged, options))).proof,
  soak: async (context, judged, options) =>
    (await proveSampling('soak', context, judged, readPlan('soak', judged, options))).proof,
  drill: async (context, judged) => (await proveDrill(context, judged)).proof,
};

/** Proofs that are missing, and those that would not be fresh to the end of the change. */
function findMissing({ decision, grounds: { trustRoot, now } }: JudgedTarget): Exclude<EvidenceKind, 'approval'>[] {
  const stale = decision.accepted.filter((one) => trustRoot && secondsLeft(one, trustRoot, now) < leftSeconds);
  const missing = new Set<EvidenceKind>([...missingProofs(decision), ...stale.map(({ kind }) => kind)]);
  return decision.needs.filter(
    (kind): kind is Exclude<EvidenceKind, 'approval'> => kind !== 'approval' && missing.has(kind),
  );
}

const secondsLeft = ({ kind, measuredAt }: Evidence, { freshSeconds }: TrustRoot, now: number) =>
  freshSeconds[kind] - (now - measuredAt) / 1000;

async function approveChange(context: VerbContext, text: string, { comment, approverKey }: Options): Promise<void> {
  const judged = await judgeTarget(context, readTarget(context, text));
  if (judged.decision.verdict === 'allow') return;
  const { lacks } = await approveTarget(context, judged, {
    minutes: 30,
    approverKey,
    ...(comment === undefined ? {} : { comment: String(comment) }),
  });
  if (lacks === 0) return;
  throw new CutoverError('threshold', 'the approval is not signed by enough approvers yet', {
    exitCode: exitCodes.refused,
    details: [describeLack(lacks), 'then promote again: it goes on from here'],
  });
}

async function apply(verb: 'up' | 'preview', context: VerbContext): Promise<void> {
  const applied = await applyStack(verb, context);
  if (applied.refused) {
    throw new CutoverError('refused', 'the packs refuse it', {
      exitCode: exitCodes.refused,
      details: describeRefusal(applied).split('\n'),
    });
  }
}

/** After a step that failed the stack is what it was: a fall needs nothing. */
async function takeBack(context: VerbContext, before: string, isApplied: boolean): Promise<void> {
  writeFileSync(context.configFile, before);
  context.progress('the config is as it was before');
  if (!isApplied) return;
  try {
    await apply('up', context);
    context.progress('and so is what runs');
  } catch (error) {
    context.progress(`it could not be applied (${messageOf(error)}): run cutover up, or cutover halt`);
  }
}

const failed = (message: string, details: readonly string[]) =>
  new CutoverError('check_failed', message, { exitCode: exitCodes.checkFailed, details: [...details] });

/** The error of a step, with the step's name and what was done before it. */
function stopped(name: string, done: readonly string[], error: unknown): CutoverError {
  const known = error instanceof CutoverError ? error : undefined;
  return new CutoverError(known?.code ?? 'unexpected', `promote stopped at the step "${name}": ${messageOf(error)}`, {
    exitCode: known?.exitCode ?? exitCodes.unexpected,
    details: [...(known?.details ?? []), `done before: ${done.join(', ') || 'nothing'}`],
    cause: error,
  });
}
