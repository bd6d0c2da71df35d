import { replaceableWorkloads } from '../../settings';
import type { Check } from './check';
import { shippedWorkload, type Unit } from './unit';

/** What does not answer must be found out by the platform too, so that what depends on it waits. */
export const checkHealth: Check = {
  name: 'check-health',
  description: 'The platform asks every workload whether it is well.',
  find: ({ units }) =>
    units
      .filter((unit) => !unit.hasHealthCheck && !bringsItsOwn(unit))
      .map(({ name, platform }) => `${name} is asked by nobody whether it is well: expected ${expected[platform]}`),
};

const expected = {
  process: 'a port, on which it answers /health',
  docker: 'a healthcheck',
  kubernetes: 'a readinessProbe',
} as const;

/**
 * A workload of the user's own brings the check of its image, which is in no input; the guardian asks its /health in any
 * case. What runs the shipped program is asked by a check that is declared.
 */
const bringsItsOwn = ({ platform, workload, words }: Unit): boolean =>
  platform === 'docker' &&
  (replaceableWorkloads as readonly string[]).includes(workload ?? '') &&
  shippedWorkload(words) === undefined;
