import { z } from 'zod';
import { type Digest, digestOf } from './digest';
import { type MarketPosture, type Posture, type WorkloadName, workloadNames } from './posture';

/** What a workload is really started with, declared or observed. */
export interface RealWorkload {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Digest of the code that the command runs. */
  readonly source: Digest;
  /** What the platform lets it do beyond that (mounts, networks, capabilities), where the platform shuts workloads in. */
  readonly confinement?: object;
}

/** The environment of a workload does not say what it should; the message names workload and variable. */
export class UnreadablePostureError extends Error {
  override readonly name = 'UnreadablePostureError';
}

/** The environment variables that a field of the posture speaks for; every other one is opaque. */
const spokenFor: Record<WorkloadName, readonly string[]> = {
  'simulated-venue': ['MARKET_FEED'],
  gateway: ['VENUE', 'VENUE_ACCOUNT'],
  // Where the model's file is changes with the model, and is no risk of its own: the service takes no other file.
  'model-service': ['MODEL_PATH', 'MODEL_VERSION', 'MODEL_DIGEST'],
  backend: ['TRADING_MODE', 'SYMBOLS', 'CONFIDENCE_THRESHOLD', 'RISK_LIMITS'],
  orchestrator: ['AGENTS'],
  guardian: [],
};

/** Not part of a posture: the slice is made from it, and the rest is what the platform gives to every process. */
const ignored = ['CUTOVER_SLICE', 'CUTOVER_WORKLOAD_DATA', 'PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];

const agentsShape = z.array(z.object({ name: z.string(), command: z.array(z.string()), args: z.array(z.string()) }));
const riskShape = z.object({
  maxOrderUsd: z.number(),
  maxPositionUsd: z.number(),
  maxDrawdown: z.number(),
  maxOrdersPerMinute: z.number(),
});
const marketShape = z.discriminatedUnion('feed', [
  z.object({ feed: z.literal('embedded'), seed: z.number(), speed: z.number() }),
  z.object({
    feed: z.literal('recorded'),
    files: z.record(z.string(), z.string()),
    usdPerQuote: z.number(),
    speed: z.number(),
  }),
]);

/**
 * The posture that workloads carry out, read from what they are really started with. One function for both sides: for
 * what a stack declares and for what is observed of the processes that run, so that the two can be compared.
 * Whatever is not plainly `paper` is read as live.
 * @param digestOfFiles digest of the code that a command runs, and of one data file
 * @throws UnreadablePostureError naming workload and variable
 */
export function readPosture(
  stack: string,
  workloads: Readonly<Record<WorkloadName, RealWorkload>>,
  digestOfFiles: (words: readonly string[]) => Digest,
): Posture {
  const variable = (workload: WorkloadName, name: string) => workloads[workload].environment[name] ?? '';
  const json = <T>(workload: WorkloadName, name: string, shape: z.ZodType<T>): T => {
    try {
      return shape.parse(JSON.parse(variable(workload, name)));
    } catch (error) {
      throw new UnreadablePostureError(`${workload} has a ${name} that cannot be read`, { cause: error });
    }
  };
  const symbols = variable('backend', 'SYMBOLS');
  const account = variable('gateway', 'VENUE_ACCOUNT');
  const implied: Record<string, string> = { SYMBOLS: symbols, VENUE_ACCOUNT: account };
  const each = <T>(read: (workload: WorkloadName) => T) =>
    Object.fromEntries(workloadNames.map((name) => [name, read(name)])) as Record<WorkloadName, T>;

  return {
    stack,
    tradingMode: variable('backend', 'TRADING_MODE') === 'paper' ? 'paper' : 'live',
    account: { venue: variable('gateway', 'VENUE'), id: account },
    agents: json('orchestrator', 'AGENTS', agentsShape).map((agent) => ({
      ...agent,
      source: digestOfFiles(agent.command),
    })),
    symbols: symbols.split(',').filter(Boolean),
    risk: json('backend', 'RISK_LIMITS', riskShape),
    confidenceThreshold: json('backend', 'CONFIDENCE_THRESHOLD', z.number()),
    model: {
      version: variable('model-service', 'MODEL_VERSION'),
      digest: variable('model-service', 'MODEL_DIGEST') as Digest,
    },
    market: pinFiles(json('simulated-venue', 'MARKET_FEED', marketShape), digestOfFiles),
    workloads: each((name) => workloads[name].source),
    settings: each((name) => digestSettings(name, workloads[name], implied)),
  };
}

function pinFiles(
  market: z.output<typeof marketShape>,
  digestOfFiles: (words: readonly string[]) => Digest,
): MarketPosture {
  if (market.feed === 'embedded') return market;
  const files = Object.entries(market.files).map(([symbol, file]) => [symbol, digestOfFiles([file])]);
  return { ...market, files: Object.fromEntries(files) };
}

/** The digest of what a workload is started with beyond what the posture's fields speak for. */
export function digestSettings(name: WorkloadName, workload: RealWorkload, implied: Record<string, string>): Digest {
  const left = Object.entries(workload.environment).filter(
    ([key, value]) => !spokenFor[name].includes(key) && !ignored.includes(key) && implied[key] !== value,
  );
  const { command, confinement } = workload;
  return digestOf({ command, environment: Object.fromEntries(left), ...(confinement ? { confinement } : {}) });
}
