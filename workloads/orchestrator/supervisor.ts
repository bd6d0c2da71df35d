import type { Logger } from 'pino';
import { type AgentProcess, startAgent } from './agent-process';
import { afterEnd, isCrashLooping } from './backoff';
import { scriptOf } from './duplicates';
import { endTrees } from './process-tree';
import type { AgentRecord } from './record';
import type { AgentSpec, Settings } from './settings';

/** How long an agent has to end after SIGTERM, milliseconds. */
const graceMs = 3_000;

export interface AgentStatus extends AgentRecord {
  /** Three ends in a row without a minute of health between or since. */
  readonly crashLooping: boolean;
}

export interface Supervisor {
  start(): void;
  /** Ends every agent with everything below it; none is started again. */
  stop(): Promise<void>;
  statuses(): AgentStatus[];
}

interface Supervised {
  readonly spec: AgentSpec;
  process: AgentProcess | undefined;
  startedAt: Date | undefined;
  startedMs: number;
  failures: number;
  restarts: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Keeps the agents running: each is started, and started again after its end, with a growing delay.
 * @param onChange called after every start and end, to record it
 */
export function createSupervisor(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  log: Logger,
  onChange: (agents: AgentRecord[]) => void,
): Supervisor {
  let stopping = false;
  const agents: Supervised[] = settings.agents.map((spec) => ({
    spec,
    process: undefined,
    startedAt: undefined,
    startedMs: 0,
    failures: 0,
    restarts: 0,
    timer: undefined,
  }));

  const recordOf = ({ spec, process, startedAt, restarts }: Supervised): AgentRecord => ({
    name: spec.name,
    pid: process?.identity.pid ?? null,
    startTime: process?.identity.startTime ?? null,
    state: process ? 'running' : stopping ? 'stopped' : 'backoff',
    restarts,
    startedAt: startedAt?.toISOString() ?? null,
    script: scriptOf(spec.command),
  });
  const changed = () => onChange(agents.map(recordOf));

  const start = (agent: Supervised) => {
    agent.timer = undefined;
    if (stopping) return;
    agent.startedAt = new Date();
    agent.startedMs = performance.now(); // a clock that is set meanwhile must not count as health
    agent.process = startAgent(agent.spec, settings, environment, (how) => ended(agent, how));
    if (agent.process) log.info({ agent: agent.spec.name, pid: agent.process.identity.pid }, 'agent started');
    changed();
  };

  const ended = (agent: Supervised, how: string) => {
    agent.process = undefined;
    if (!stopping) {
      const next = afterEnd(agent.failures, (performance.now() - agent.startedMs) / 1000);
      agent.failures = next.failures;
      agent.restarts += 1;
      log.warn({ agent: agent.spec.name, how, ...next }, 'agent ended; it is started again after a delay');
      agent.timer = setTimeout(start, next.delaySeconds * 1000, agent);
    }
    changed();
  };

  return {
    start: () => agents.forEach(start),
    stop: async () => {
      stopping = true;
      for (const agent of agents) clearTimeout(agent.timer);
      const left = await endTrees(
        agents.flatMap((agent) => agent.process?.identity ?? []),
        graceMs,
      );
      for (const { pid } of left) log.error({ pid }, 'an agent did not end');
      changed();
    },
    statuses: () =>
      agents.map((agent) => {
        const runsSeconds = agent.process ? (performance.now() - agent.startedMs) / 1000 : undefined;
        return { ...recordOf(agent), crashLooping: isCrashLooping(agent.failures, runsSeconds) };
      }),
  };
}
