import type { Answer, Subject } from '../../evidence/checks/check';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { paperPosture } from './posture';

const { model, risk, confidenceThreshold } = paperPosture;
export type Bodies = Record<string, Record<string, unknown>>;

/** What a stack answers that is as it should be. */
const bodies: Bodies = {
  'backend /health': { ok: true, tradingMode: 'paper', config: { ...risk, confidenceThreshold } },
  'model-service /health': { ok: true, model_loaded: true, model_version: model.version, model_digest: model.digest },
  'orchestrator /health': { ok: true, lock: { pid: 7 }, duplicates: [] },
  'backend /api/ai/consensus': { allow: true, confidence: 0.6, model_version: model.version },
  'backend /api/trade/execute': { executed: true, dryRun: true },
};

/** A stack as the checks of a preflight see it, well but for what is changed; without databases. */
export function subject(changed: Bodies = {}, over: Partial<Subject> = {}): Subject {
  let asked = 0;
  const answer = (workload: WorkloadName, route: string): Answer => {
    const name = `${workload} ${route}`;
    if (route === '/predict') asked += 1;
    const body = { ...(bodies[name] ?? { ok: true, confidence: asked % 2 ? 0.3 : 0.7 }), ...changed[name] };
    return { status: typeof body.status === 'number' ? body.status : 200, body };
  };
  return {
    running: paperPosture,
    target: { ...paperPosture, tradingMode: 'live' },
    workloads: workloadNames,
    get: async (workload, route) => answer(workload, route),
    post: async (workload, route) => answer(workload, route),
    observe: async () => ({
      replicas: workloadNames.map((workload) => ({ workload, state: 'running', pid: 7 })),
      strays: [],
    }),
    readObservedPosture: async () => paperPosture,
    runOrchestratorStatus: async () => ({
      exitCode: 0,
      stdout: JSON.stringify({ ok: true, agents: [{ name: 'live_trader', state: 'running' }] }),
    }),
    databases: [],
    ...over,
  };
}
