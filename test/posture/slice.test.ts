import { describe, expect, it } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { type Posture, type WorkloadName, workloadNames } from '../../posture/posture';
import { digestSlice } from '../../posture/slice';
import { paperPosture as posture } from '../helpers/posture';

const code = digestBytes('code');

/** Which workloads restart when the posture changes so. */
function restarted(change: Partial<Posture>): WorkloadName[] {
  const changed = { ...posture, ...change };
  return workloadNames.filter((name) => digestSlice(posture, name) !== digestSlice(changed, name));
}

describe('digestSlice', () => {
  it.each<[string, Partial<Posture>, WorkloadName[]]>([
    ['the trading mode', { tradingMode: 'live' }, ['backend']],
    ['an agent', { agents: [] }, ['orchestrator']],
    ['a risk limit', { risk: { ...posture.risk, maxOrderUsd: 5 } }, ['backend']],
    ['the confidence threshold', { confidenceThreshold: 0.6 }, ['backend']],
    ['the model', { model: { version: '2', digest: code } }, ['model-service']],
    ['the market feed', { market: { feed: 'embedded', seed: 2, speed: 60 } }, ['simulated-venue']],
    ['the account', { account: { venue: 'simulated', id: 'other' } }, ['simulated-venue', 'gateway']],
    ['the symbols', { symbols: ['ETHUSDT'] }, ['simulated-venue', 'gateway', 'backend', 'orchestrator']],
  ])('%s concerns exactly those that use it', (_what, change, expected) => {
    expect(restarted(change)).toEqual(expected);
  });

  it.each(workloadNames)('the settings of %s concern it alone', (name) => {
    expect(restarted({ settings: { ...posture.settings, [name]: digestBytes('new') } })).toEqual([name]);
  });

  it('is another one for each workload, also where all else is the same', () => {
    expect(new Set(workloadNames.map((name) => digestSlice(posture, name))).size).toBe(workloadNames.length);
  });

  it.each(workloadNames)('the code of %s concerns it alone', (name) => {
    expect(restarted({ workloads: { ...posture.workloads, [name]: digestBytes('new') } })).toEqual([name]);
  });
});
