import type { Posture } from '../posture';
import type { Reason } from '../reason';
import { fullSetOfProofs, type Gate } from './gate';

/** From paper, or from nothing, to live: the full set, and every live posture that is reached so starts small. */
export const paperToLive: Gate = {
  name: 'paper-to-live',
  isFor: ({ dimension }) => dimension === 'mode',
  needs: fullSetOfProofs,
  judge: ({ to, trustRoot }) => {
    const reasons: Reason[] = [];
    if (to.agents.length > 1) {
      reasons.push({
        code: 'too_many_agents',
        message: `at most one agent goes live from paper, not ${to.agents.length}: more follow one by one, under live`,
      });
    }
    if (trustRoot === null) return reasons;
    for (const [name, cap] of Object.entries(trustRoot.caps)) {
      const asked = to.risk[name as keyof Posture['risk']];
      // Written so that a number that cannot be compared does not pass.
      if (!(asked <= cap))
        reasons.push({ code: 'over_cap', message: `risk.${name} is ${asked}, at most ${cap} goes live from paper` });
    }
    return reasons;
  },
};
