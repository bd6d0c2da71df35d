import type { Check } from './check';

/** The orchestrator's status command runs, and prints a status that says it runs with the agents that were declared. */
export const orchestratorStatus: Check = {
  name: 'orchestrator status',
  async run({ runOrchestratorStatus, running }) {
    const { exitCode, stdout } = await runOrchestratorStatus();
    let status: { ok?: unknown; reason?: unknown; agents?: { name: string; state: string }[] };
    try {
      status = JSON.parse(stdout);
    } catch {
      return `expected JSON, received ${JSON.stringify(stdout.slice(0, 100))}`;
    }
    if (exitCode !== 0 || status.ok !== true) return `exit code ${exitCode}: ${String(status.reason)}`;
    const found = (status.agents ?? []).map(({ name, state }) => `${name} ${state}`).sort();
    const expected = running.agents.map(({ name }) => `${name} running`).sort();
    return found.join() === expected.join()
      ? undefined
      : `expected ${expected.join(', ') || 'no agent'}, received ${found.join(', ') || 'no agent'}`;
  },
};
