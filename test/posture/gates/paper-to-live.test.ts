import { expect, it } from 'vitest';
import { anotherAccount } from '../../../posture/gates/another-account';
import { paperToLive } from '../../../posture/gates/paper-to-live';
import type { Posture } from '../../../posture/posture';
import { paperPosture } from '../../helpers/posture';
import { makeTrust } from '../../helpers/trust';

const { root } = makeTrust();
const live: Posture = { ...paperPosture, tradingMode: 'live', risk: { ...root.caps } };
const agent = { ...paperPosture.agents[0]!, name: 'second' };
const codes = (to: Posture, trustRoot: typeof root | null = root) =>
  paperToLive.judge!({ from: null, to, trustRoot }).map(({ code }) => code);

it('lets a posture pass that is at the caps, with one agent or none', () => {
  expect(codes(live)).toEqual([]);
  expect(codes({ ...live, agents: [] })).toEqual([]);
});

it('names every limit over its cap, and too many agents beside', () => {
  const risk = Object.fromEntries(Object.entries(root.caps).map(([name, cap]) => [name, cap * 1.001])) as never;
  expect(codes({ ...live, risk })).toEqual(['over_cap', 'over_cap', 'over_cap', 'over_cap']);
  expect(codes({ ...live, risk: { ...live.risk, maxOrderUsd: Number.NaN }, agents: [...live.agents, agent] })).toEqual([
    'too_many_agents',
    'over_cap',
  ]);
  // Without a trust root there are no caps; that there is none is another reason.
  expect(codes({ ...live, risk, agents: [...live.agents, agent] }, null)).toEqual(['too_many_agents']);
});

it('another account is never reached under live', () => {
  const judged = anotherAccount.judge!({ from: live, to: live, trustRoot: root });
  expect(judged.map(({ code }) => code)).toEqual(['account_only_from_paper']);
});
