import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { hashOf } from '../../ledger/entry';
import { Chain } from '../../ledger/verify';
import { viewLedger, viewOrReason } from '../../ledger/view';
import { digestBytes } from '../../posture/digest';
import { digestPosture } from '../../posture/posture';
import { entriesOf, grantOf, haltAt, incidentOf, livePosture } from '../helpers/ledger';
import { makeTrust, startTime } from '../helpers/trust';

const hour = 60 * 60 * 1000;
const trust = makeTrust();
const evidence = digestBytes('evidence');

function chainOf(...drafts: Parameters<typeof entriesOf>[1]): Chain {
  const chain = new Chain(trust.root);
  for (const entry of entriesOf(trust, drafts)) chain.add(entry);
  return chain;
}

const granted = chainOf(grantOf(evidence));
const grantedAt = startTime + 1000;
const standing = (now: number, lastRenewal: number | null, chain = granted) =>
  viewLedger(chain, { now, lastRenewal }).standing;

test('a ledger without a grant has nothing standing, open or consumed', () => {
  expect(viewLedger(chainOf(), { now: startTime, lastRenewal: startTime })).toEqual({
    readable: true,
    genesis: trust.root.genesis,
    head: trust.root.genesis,
    seq: 0,
    newestTime: startTime,
    standing: null,
    openHalts: [],
    consumed: new Set(),
    drill: false,
  });
});

test('a ledger without a grant has nothing standing, however young it is', () => {
  const young = makeTrust({ now: 0 });
  const chain = new Chain(young.root);
  chain.add(young.genesis);
  for (const lastRenewal of [null, 0, 1]) expect(standing(0, lastRenewal, chain)).toBeNull();
});

test('a grant stands for an hour from itself, or from its last renewal', () => {
  const expected = { posture: livePosture, digest: digestPosture(livePosture), grantedAt };
  expect(standing(grantedAt + hour, null)).toEqual(expected);
  expect(standing(grantedAt + hour + 1, null)).toBeNull();
  const renewed = grantedAt + 10 * hour;
  expect(standing(renewed + hour, renewed)).toEqual(expected);
  expect(standing(renewed + hour + 1, renewed)).toBeNull();
});

test('a renewal from before the grant was for another one', () => {
  expect(standing(grantedAt + hour, grantedAt - 5 * hour)).not.toBeNull();
});

test('a clock that steps back does not renew, and one that was far ahead ends the grant', () => {
  expect(standing(0, null)).not.toBeNull();
  expect(standing(grantedAt, grantedAt + hour)).not.toBeNull();
  expect(standing(grantedAt, grantedAt + hour + 1)).toBeNull();
});

test('a halt ends the grant for good, and its evidence stays consumed', () => {
  const halt = haltAt(startTime + 5, 'drawdown');
  const open = viewLedger(chainOf(grantOf(evidence), halt), { now: startTime, lastRenewal: startTime });
  expect(open).toMatchObject({ standing: null, openHalts: [{ haltedAt: startTime + 5, reason: 'drawdown' }] });
  const hash = hashOf(entriesOf(trust, [grantOf(evidence), halt])[2]!);
  const closed = viewLedger(chainOf(grantOf(evidence), halt, incidentOf(hash)), {
    now: startTime,
    lastRenewal: startTime,
  });
  expect(closed).toMatchObject({ standing: null, openHalts: [], consumed: new Set([evidence]) });
});

test("a drill's ledger says so", () => {
  const drill = makeTrust({ drill: true });
  const chain = new Chain(drill.root);
  chain.add(drill.genesis);
  expect(viewLedger(chain, { now: startTime, lastRenewal: null }).drill).toBe(true);
});

test.prop([fc.anything()])('whatever is thrown while reading becomes a reason', (thrown) => {
  const view = viewOrReason(
    () => {
      throw thrown;
    },
    { now: 0, lastRenewal: null },
  );
  expect(view.readable).toBe(false);
});
