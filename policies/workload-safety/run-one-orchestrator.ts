import type { Check } from './check';
import { findCopies } from './singleness';

export const runOneOrchestrator: Check = {
  name: 'run-one-orchestrator',
  description: 'A stack has one orchestrator, and never two while one takes the place of the other.',
  find: (subject, run) => findCopies(subject, run, ['orchestrator']),
};
