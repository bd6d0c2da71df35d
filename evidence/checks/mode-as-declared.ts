import type { Check } from './check';

/** The backend trades in the mode that was declared: paper, on the way to live. */
export const modeAsDeclared: Check = {
  name: 'trading mode',
  async run({ get, running }) {
    const { body } = await get('backend', '/health');
    return body.tradingMode === running.tradingMode
      ? undefined
      : `expected ${running.tradingMode}, received ${String(body.tradingMode)}`;
  },
};
