import type { Check } from './check';
import { findInWalls } from './walls';

export const runAsNonRoot: Check = {
  name: 'run-as-non-root',
  description: 'No container runs as root.',
  find: findInWalls(({ root }, { name, platform }) =>
    root === undefined
      ? []
      : [
          `${name} may run as root (${root}): expected ${platform === 'docker' ? 'user: "uid:gid"' : 'runAsNonRoot: true'}`,
        ],
  ),
};
