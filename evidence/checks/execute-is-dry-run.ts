import type { Check } from './check';

/** USD; small enough not to matter on the paper book. */
const qtyUsd = 1;

/**
 * An execute in paper is a dry run. It is bought and sold again, so that the book is left as it was found but for the
 * fees. Of a stack that is live it asks nothing: that would be a real order.
 */
export const executeIsDryRun: Check = {
  name: 'dry-run execute',
  async run({ post, running }) {
    if (running.tradingMode !== 'paper') return undefined;
    for (const side of ['buy', 'sell']) {
      const { status, body } = await post('backend', '/api/trade/execute', {
        symbol: running.symbols[0],
        side,
        qtyUsd,
        confidence: 1,
        agent: 'preflight',
      });
      if (status !== 200)
        return `${side}: expected 200, received ${status}: ${String(body.code)} ${String(body.message)}`;
      if (body.dryRun !== true) return `${side}: expected dryRun true, received ${String(body.dryRun)}`;
      if (body.executed !== true) return `${side}: expected an execution, received ${String(body.reason)}`;
    }
    return undefined;
  },
};
