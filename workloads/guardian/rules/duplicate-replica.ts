import { heldFor, type Rule } from './rule';

/** As many looks in a row must see it: a process that is being replaced is there twice for a moment. */
const consecutive = 3;

/** A process that nothing accounts for runs beside the stack's own: a second trader. */
export const duplicateReplica: Rule = {
  name: 'duplicate-replica',
  trips: ({ samples }) => {
    if (!heldFor(samples, consecutive, ({ strays }) => strays.length > 0)) return null;
    return `beside the stack's own processes runs ${samples.at(-1)!.strays.join(', ')}`;
  },
};
