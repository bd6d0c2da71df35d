import type { Check } from './check';

/** Every workload runs as the platform sees it, and says itself that it is well. */
export const servicesHealthy: Check = {
  name: 'services healthy',
  async run({ workloads, observe, get }) {
    const { replicas } = await observe();
    const problems = replicas
      .filter(({ state }) => state !== 'running')
      .map(({ workload, state, reason }) => `${workload} is ${state}${reason ? `: ${reason}` : ''}`);
    for (const workload of workloads) {
      const answer = await get(workload, '/health').catch(() => undefined);
      if (answer?.status === 200 && answer.body.ok === true) continue;
      problems.push(
        `${workload} ${answer ? `answers ${answer.status}: ${String(answer.body.reason)}` : 'does not answer'}`,
      );
    }
    return problems.length > 0 ? problems.join('; ') : undefined;
  },
};
