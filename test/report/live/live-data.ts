import { type WorkloadName, workloadNames } from '../../../posture/posture';
import { type Answers, readHalts, readHealth } from '../../../report/live/answers';
import type { LiveData, Source } from '../../../report/live/data';

export const now = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A source as it is right after an answer. */
export const fresh = <T>(value: T): Source<T> => ({ value, answeredAt: now - 300, isFresh: true, problem: null });
/** A source whose newest answer is a minute old. */
export const old = <T>(value: T): Source<T> => ({
  value,
  answeredAt: now - 60_000,
  isFresh: false,
  problem: 'nothing answers',
});
export const never: Source<never> = { value: null, answeredAt: null, isFresh: false, problem: 'it was not started' };

/** What a workload says, read as the page's server reads it. @param body in place of what says that all is well */
export function says<Name extends WorkloadName>(name: Name, body: object = {}): Answers[Name] {
  const health = readHealth(name, { status: 200, body: { ok: true, ...well[name], ...body } })!;
  const halts = name === 'gateway' ? { openHalts: readHalts(health as Answers['gateway'], {}) } : {};
  return { ...health, ...halts, ...(name === 'guardian' ? { decision: null } : {}) } as Answers[Name];
}

const well: Partial<Record<WorkloadName, object>> = {
  gateway: {
    permit: { state: 'held', use: 'trade', secondsLeft: 12.3 },
    halts: [],
    venue: { name: 'simulated', account: 'sim-1' },
    orders: { accepted: 3, refused: {} },
  },
  guardian: { grant: { state: 'granted', posture: null, reasons: [] }, duplicates: 0 },
  backend: { tradingMode: 'live', risk: { drawdown: 0.01, locked: false, equityUsd: 1_000 } },
  orchestrator: { agents: [{ name: 'live_trader', pid: 7, state: 'running', restarts: 0, startedAt: null }] },
};

/** A live stack in which all is well, with some of its sources changed. */
export function dataOf(
  workloads: { [Name in WorkloadName]?: Source<Answers[Name]> } = {},
  changes: Partial<Omit<LiveData, 'workloads'>> = {},
): LiveData {
  const all = Object.fromEntries(workloadNames.map((name) => [name, fresh(says(name))]));
  return {
    stack: 'main',
    version: '0.1.0',
    now,
    since: now - 600_000,
    workloads: { ...all, ...workloads } as LiveData['workloads'],
    platform: fresh({ replicas: workloadNames.map((workload) => ({ workload, state: 'running' })), others: [] }),
    orders: fresh([]),
    flow: { from: now - 30_000, stepMs: 15_000, filled: [1, 2], refused: [0, 1] },
    ...changes,
  };
}
