import type { Check } from './check';

/** The trading lock has exactly one owner: the orchestrator that the platform runs. */
export const oneLockOwner: Check = {
  name: 'trading lock',
  async run({ get, observe }) {
    const { replicas } = await observe();
    const orchestrator = replicas.find(({ workload }) => workload === 'orchestrator');
    const pid = orchestrator?.innerPid ?? orchestrator?.pid;
    const { body } = await get('orchestrator', '/health');
    const owner = (body.lock as { pid?: unknown } | null)?.pid;
    return owner !== undefined && owner === pid
      ? undefined
      : `expected PID ${pid ?? 'of a running orchestrator'} to hold it, found ${String(owner ?? 'nobody')}`;
  },
};
