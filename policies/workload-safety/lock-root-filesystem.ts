import type { Check } from './check';
import { findInWalls } from './walls';

export const lockRootFilesystem: Check = {
  name: 'lock-root-filesystem',
  description: 'No container may write to its own image: what was decided on is what runs.',
  find: findInWalls(({ isRootReadOnly }, { name, platform }) =>
    isRootReadOnly
      ? []
      : [
          `the root of ${name} can be written: expected ${platform === 'docker' ? 'readOnly' : 'readOnlyRootFilesystem'}: true`,
        ],
  ),
};
