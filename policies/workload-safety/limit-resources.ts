import type { Check } from './check';
import { findInWalls } from './walls';

export const limitResources: Check = {
  name: 'limit-resources',
  description:
    'Memory and processor of every container are limited: one that runs away does not take the guardian with it.',
  find: findInWalls(({ hasMemoryLimit, hasCpuLimit }, { name }) => {
    const missing = [...(hasMemoryLimit ? [] : ['memory']), ...(hasCpuLimit ? [] : ['cpu'])];
    return missing.length === 0 ? [] : [`${name} has no limit of ${missing.join(' and ')}`];
  }),
};
