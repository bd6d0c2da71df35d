import type { Check } from './check';
import { findInWalls } from './walls';

export const dropPrivileges: Check = {
  name: 'drop-privileges',
  description: 'No container may do more than it needs: no capability, no way to more, nothing of the host.',
  find: findInWalls(({ widened }, { name }) =>
    widened.length === 0 ? [] : [`${name} may do more than it needs: ${widened.join(', ')}`],
  ),
};
