import { heldMs, type Rule } from './rule';

/** How long a replica may be away: a restart is none, milliseconds. There is no permit meanwhile. */
const limitMs = 30_000;

/** A workload has not run, or not answered, for more than half a minute. */
export const deadReplica: Rule = {
  name: 'dead-replica',
  trips: ({ samples }) => {
    const dead = (samples.at(-1)?.dead ?? []).filter(
      (workload) => heldMs(samples, (sample) => sample.dead.includes(workload)) > limitMs,
    );
    return dead.length === 0 ? null : `${dead.join(', ')} has not run for more than ${limitMs / 1000} s`;
  },
};
