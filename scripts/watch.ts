import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CutoverError, exitCodes } from '../errors';
import { type ClosesSource, closesSources } from '../evidence/measurements';
import { measureSamples, type Sample } from '../evidence/sampling';
import { digestBytes } from '../posture/digest';
import { digestPosture } from '../posture/posture';
import { proofResult } from './shared/prove';
import { Sampler } from './shared/sampler';
import { readMeasureKey, signProof } from './shared/sign-proof';
import { type JudgedTarget, judgeTarget, readLiveTarget } from './shared/target';
import type { Verb, VerbContext } from './shared/verb';

/** How long and how the live posture is sampled. */
export interface SamplingPlan {
  /** Minutes of the measured system's clock. */
  readonly minutes: number;
  /** 1 is real time; more only on the simulated venue. */
  readonly timeScale: number;
  readonly minCloses: number;
  /** Whose record of closed trades is expected. */
  readonly closesSource: ClosesSource;
}

/** Seconds between two looks. */
const intervalSeconds = 1;
/** Seconds between two words on how far it is. */
const tellSeconds = 60;
/** Minutes, where the trust root asks for no more. */
const shortest = { watch: 15, soak: 30 } as const;

function samplingVerb(kind: 'watch' | 'soak', description: string): Verb {
  return {
    name: kind,
    description,
    options: [
      ['--minutes <n>', `how long to sample, minutes (${shortest[kind]})`],
      ['--time-scale <n>', 'let a minute pass n times as fast; simulated venue only, and marked in the evidence'],
      ['--min-closes <n>', 'closed trades that must be seen (1)'],
      [
        '--closes-source <name>',
        `whose record of them is expected: ${closesSources.join(' or ')} (${closesSources[0]})`,
      ],
    ],
    examples: [
      [`cutover ${kind}`, `sample the live posture for ${shortest[kind]} minutes and sign what was seen`],
      [`cutover ${kind} --time-scale 60`, 'the same in a sixtieth of the time, on the simulated venue'],
    ],
    async run(context, options) {
      const judged = await judgeTarget(context, readLiveTarget(context));
      const { proof, measurements } = await proveSampling(kind, context, judged, readPlan(kind, judged, options));
      const { sampledSeconds, samples, errorRate, orders, realizedCloses, breaches } = measurements;
      return proofResult(context.stack, proof, { measurements }, [
        `  ${samples} looks over ${sampledSeconds.toFixed(0)} s, error rate ${(errorRate * 100).toFixed(2)} %`,
        `  ${orders.attempted} orders, ${orders.filled} filled, ${realizedCloses.count} closed trades in ${realizedCloses.source}`,
        ...breaches.map((breach) => `  ! ${breach}`),
      ]);
    },
  };
}

/** Samples the live posture for a while before a further step. */
export const watch = samplingVerb(
  'watch',
  'Sample logs, health and orders of the live posture, and sign what was seen.',
);

/** The same for longer: what the step after that needs. */
export const soak = samplingVerb('soak', 'Sample the live posture for longer, and sign what was seen.');

/**
 * Makes a `watch` or `soak` of the posture that stands.
 * @throws CutoverError `nothing_stands` (3) where no grant does, `scale_refused` (2); EvidenceError for the key
 */
export async function proveSampling(
  kind: 'watch' | 'soak',
  context: VerbContext,
  judged: JudgedTarget,
  { minutes, timeScale, minCloses, closesSource }: SamplingPlan,
) {
  const { from } = judged.grounds;
  if (!from) {
    throw new CutoverError('nothing_stands', `a ${kind} samples the live posture that was granted, and none stands`, {
      exitCode: exitCodes.refused,
      details: ['cutover status says what runs; cutover promote --to live is the way to a grant'],
    });
  }
  if (timeScale !== 1 && from.account.venue !== 'simulated') {
    throw new CutoverError('scale_refused', '--time-scale: expected 1 on any venue but the simulated one', {
      exitCode: exitCodes.usage,
    });
  }
  const signer = readMeasureKey(context);
  const sampler = await Sampler.create(context, from);
  const seconds = (minutes * 60) / timeScale;
  context.progress(`${kind}: sampling for ${seconds.toFixed(0)} s`);
  const samples: Sample[] = [await sampler.look()];
  const elapsed = () => (samples.at(-1)!.at - samples[0]!.at) / 1000;
  for (let told = 0; elapsed() < seconds; ) {
    await delay(intervalSeconds * 1000);
    samples.push(await sampler.look());
    if (elapsed() < told + tellSeconds) continue;
    told = elapsed();
    context.progress(`${kind}: ${told.toFixed(0)} of ${seconds.toFixed(0)} s`);
  }
  const measurements = measureSamples(samples, {
    intervalSeconds: intervalSeconds * timeScale,
    timeScale,
    closesSource,
    minCloses,
    maxDrawdown: from.risk.maxDrawdown,
  });
  const now = Date.now();
  const raw = keepRaw(context, kind, now, samples);
  const proof = signProof(
    context,
    {
      kind,
      passed: measurements.breaches.length === 0,
      measurements,
      measured: digestPosture(from),
      target: judged,
      timeScale,
      rawData: digestBytes(raw),
    },
    signer,
    now,
  );
  return { proof, measurements };
}

/** Keeps the samples themselves, out of git; the evidence names their digest. */
function keepRaw(context: VerbContext, kind: string, now: number, samples: readonly Sample[]): string {
  const folder = path.join(context.home, 'raw', context.stack);
  mkdirSync(folder, { recursive: true });
  const text = `${samples.map((sample) => JSON.stringify(sample)).join('\n')}\n`;
  writeFileSync(path.join(folder, `${kind}-${new Date(now).toISOString().replace(/[-:]/g, '')}.jsonl`), text);
  return text;
}

/** @throws CutoverError `invalid_option` (exit code 2) naming every option that cannot be used */
export function readPlan(
  kind: 'watch' | 'soak',
  { grounds }: JudgedTarget,
  options: Readonly<Record<string, unknown>>,
): SamplingPlan {
  const needed = (grounds.trustRoot?.sampleSeconds[kind] ?? 0) / 60;
  const plan = {
    minutes: Number(options.minutes ?? Math.max(needed, shortest[kind])),
    timeScale: Number(options.timeScale ?? 1),
    minCloses: Number(options.minCloses ?? 1),
    closesSource: (options.closesSource ?? closesSources[0]) as ClosesSource,
  };
  const wrong = [
    ...(plan.minutes > 0 ? [] : [`--minutes: expected a number over 0, received ${String(options.minutes)}`]),
    ...(plan.timeScale >= 1 ? [] : [`--time-scale: expected 1 or more, received ${String(options.timeScale)}`]),
    ...(Number.isInteger(plan.minCloses) && plan.minCloses >= 0
      ? []
      : [`--min-closes: expected a whole number, received ${String(options.minCloses)}`]),
    ...(closesSources.includes(plan.closesSource)
      ? []
      : [`--closes-source: expected ${closesSources.join(' or ')}, received ${String(options.closesSource)}`]),
  ];
  if (wrong.length === 0) return plan;
  throw new CutoverError('invalid_option', `${kind} cannot be made so`, { exitCode: exitCodes.usage, details: wrong });
}
