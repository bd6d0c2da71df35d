import { expect, test } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { judgeGround } from '../../posture/judge-ground';
import type { Posture } from '../../posture/posture';
import { paperPosture } from '../helpers/posture';
import { makeTrust } from '../helpers/trust';

const { root } = makeTrust();
const now = Date.UTC(2026, 5, 1);

/** What stands against any rise, in words. */
function against(of: { to?: Posture; newestTime?: number; haltedAt?: number }): string[] {
  const ledger = {
    readable: true as const,
    genesis: root.genesis,
    head: digestBytes('head'),
    seq: 1,
    newestTime: of.newestTime ?? now,
    standing: null,
    openHalts: of.haltedAt === undefined ? [] : [{ haltedAt: of.haltedAt, reason: 'drawdown' }],
    consumed: new Set<string>(),
    drill: false,
  };
  const input = { from: null, to: of.to ?? paperPosture, evidence: [], rejected: [], ledger, trustRoot: root, now };
  return judgeGround(input as Parameters<typeof judgeGround>[0], []).map(({ message }) => message);
}

test('nothing stands against a rise where nothing is wrong', () => {
  expect(against({})).toEqual([]);
});

test('how far the clock is behind is said in seconds', () => {
  expect(against({ newestTime: now + 61_400 })).toEqual(['the clock is 61 s behind the ledger']);
});

test('a halt is named with its time, also where it has none', () => {
  const rest = 'drawdown; an approver must close the incident first';
  expect(against({ haltedAt: now })).toEqual([`halted since 2026-06-01T00:00:00.000Z: ${rest}`]);
  expect(against({ haltedAt: Number.NaN })).toEqual([`halted since an unknown time: ${rest}`]);
});

test('a posture that is no JSON is told to be none', () => {
  expect(against({ to: { ...paperPosture, symbols: ['\ud800'] } })).toEqual([
    'a posture has no digest: it holds what is no JSON',
  ]);
});
