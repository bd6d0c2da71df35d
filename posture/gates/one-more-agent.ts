import type { Gate } from './gate';

/** One more agent under live: what runs without it has been watched, then soaked. */
export const oneMoreAgent: Gate = {
  name: 'one-more-agent',
  isFor: ({ dimension }) => dimension === 'agent',
  needs: ['preflight', 'watch', 'soak', 'approval'],
};
