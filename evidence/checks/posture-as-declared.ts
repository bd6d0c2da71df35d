import { digestPosture } from '../../posture/posture';
import type { Check } from './check';

/** What really runs, as the platform shows it, is the posture that was declared, to the last digest. */
export const postureAsDeclared: Check = {
  name: 'observed posture',
  async run({ readObservedPosture, running }) {
    const observed = await readObservedPosture();
    if (digestPosture(observed) === digestPosture(running)) return undefined;
    const fields = Object.keys(running) as (keyof typeof running)[];
    const differing = fields.filter((field) => JSON.stringify(observed[field]) !== JSON.stringify(running[field]));
    return `what runs is another posture; it differs in ${differing.join(', ') || 'its form'}`;
  },
};
