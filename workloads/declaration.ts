import type { Config } from '../config';
import type { PlatformView, Program } from '../platforms/platform';
import type { Digest } from '../posture/digest';
import type { WorkloadName } from '../posture/posture';
import type { replaceableWorkloads } from '../settings';

/** What a workload's declaration is made from. */
export interface DeclarationContext {
  readonly config: Config;
  readonly platform: PlatformView;
  /** The folder that keeps the stack's data. */
  readonly home: string;
  readonly slice: (workload: WorkloadName) => Digest;
}

/** The program of a workload that the user may replace: theirs if config names one, else ours. */
export function programOf(
  config: Config,
  workload: (typeof replaceableWorkloads)[number],
  entry: string,
  args: readonly string[] = [],
): Program {
  const own = config.workloads[workload];
  if (!own) return { kind: 'shipped', entry, args };
  return { kind: 'command', command: own.command, ...(own.image ? { image: own.image } : {}) };
}

/** The agents that config enables, in the order of their names. */
export function enabledAgents(config: Config): { name: string; program: Program; args: readonly string[] }[] {
  return Object.entries(config.agents)
    .filter(([, agent]) => agent.enabled)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { command, args }]) => ({
      name,
      args,
      program: command
        ? { kind: 'command', command }
        : { kind: 'shipped', entry: `workloads/orchestrator/agents/${name}`, args: [] },
    }));
}

/** The market feed that config asks for, with its files where a workload finds them. */
export function marketFeed({ market }: Config, platform: PlatformView): Config['market'] {
  if (market.feed !== 'recorded') return market;
  const files = Object.entries(market.files).map(([symbol, file]) => [symbol, platform.pathOf(file)]);
  return { ...market, files: Object.fromEntries(files) };
}

/** The files of the market feed, where a workload finds them. */
export function marketFiles(config: Config, platform: PlatformView): string[] {
  const feed = marketFeed(config, platform);
  return feed.feed === 'recorded' ? Object.values(feed.files) : [];
}
