import type { Gate } from './gate';

/** A looser limit or a lower threshold: what runs within the tighter ones has been soaked. */
export const looserBounds: Gate = {
  name: 'looser-bounds',
  isFor: ({ dimension }) => dimension === 'limit' || dimension === 'threshold',
  needs: ['soak', 'approval'],
};
