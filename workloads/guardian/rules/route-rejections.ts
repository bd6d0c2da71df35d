import type { OrderSeen, Rule } from './rule';

/** More consecutive rejections of one agent's orders than this halt. */
const most = 3;
const windowMs = 5 * 60 * 1000;

/**
 * An agent's orders were rejected more than three times in a row within five minutes, by the gateway's record or the
 * backend's, whichever is worse.
 */
export const routeRejections: Rule = {
  name: 'route-rejections',
  trips: ({ samples, since, now }) => {
    const from = Math.max(since, now.wallMs - windowMs);
    const orders = samples.at(-1)?.orders;
    if (!orders) return null;
    const worst = Math.max(...[orders.gateway, orders.backend].map((record) => longestRun(record, from)));
    return worst > most ? `${worst} orders were rejected in a row within ${windowMs / 60_000} min` : null;
  },
};

/** The most rejections in a row that an agent's newest orders end with. @param from wall time, milliseconds */
function longestRun(record: readonly OrderSeen[], from: number): number {
  const runs = new Map<string, number>();
  for (const { at, agent, outcome } of record) {
    if (at < from) continue;
    runs.set(agent, outcome === 'rejected' ? (runs.get(agent) ?? 0) + 1 : 0);
  }
  return Math.max(0, ...runs.values());
}
