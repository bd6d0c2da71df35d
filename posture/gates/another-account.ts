import { fullSetOfProofs, type Gate } from './gate';

/** Another venue, account or stack: only from paper, where all of it is proved anew. */
export const anotherAccount: Gate = {
  name: 'another-account',
  isFor: ({ dimension }) => dimension === 'account' || dimension === 'stack',
  needs: fullSetOfProofs,
  judge: () => [{ code: 'account_only_from_paper', message: 'another venue, account or stack only from paper' }],
};
