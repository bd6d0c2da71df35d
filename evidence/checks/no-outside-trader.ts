import type { Check } from './check';

/** No trader runs outside the orchestrator, and no workload runs twice. */
export const noOutsideTrader: Check = {
  name: 'no trader outside the orchestrator',
  async run({ get, observe }) {
    const { strays } = await observe();
    const { body } = await get('orchestrator', '/health');
    const outside = (body.duplicates as { pid: number; agent: string }[] | undefined) ?? [];
    const found = [...strays, ...outside.map(({ pid, agent }) => `PID ${pid} runs ${agent}`)];
    return found.length > 0 ? found.join('; ') : undefined;
  },
};
