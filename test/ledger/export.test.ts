import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { exportFreshMs, exportLedger, verifyExport } from '../../ledger/export';
import { Chain } from '../../ledger/verify';
import { viewLedger } from '../../ledger/view';
import { digestBytes } from '../../posture/digest';
import { entriesOf, grantOf, haltAt } from '../helpers/ledger';
import { makeTrust, startTime } from '../helpers/trust';

const trust = makeTrust();
const clock = { now: startTime + 60_000, lastRenewal: startTime + 50_000 };

function chainOf(...drafts: Parameters<typeof entriesOf>[1]): Chain {
  const chain = new Chain(trust.root);
  for (const entry of entriesOf(trust, drafts)) chain.add(entry);
  return chain;
}

const chain = chainOf(grantOf(digestBytes('evidence')));
const copy = Buffer.from(exportLedger(chain, clock, trust.signers.guardian));
const refused = (code: string, bytes: Uint8Array, root = trust.root, now = clock.now) =>
  expect(() => verifyExport(bytes, root, now)).toThrow(expect.objectContaining({ code }));

test('a signed copy says what the ledger says', () => {
  for (const of of [chain, chainOf(), chainOf(...Array.from({ length: 50 }, (_, at) => haltAt(at)))]) {
    const bytes = Buffer.from(exportLedger(of, clock, trust.signers.guardian));
    const { view, tail, exportedAt } = verifyExport(bytes, trust.root, clock.now);
    expect(view).toEqual(viewLedger(of, clock));
    expect(tail).toEqual(of.entries.slice(-20));
    expect(exportedAt).toBe(clock.now);
  }
});

describe('refused by name', () => {
  test('signed by another role or by nobody', () => {
    for (const by of [trust.signers.measure, trust.signers.approver, []]) {
      refused('bad_signature', Buffer.from(exportLedger(chain, clock, by)));
    }
  });

  test('of another ledger', () => {
    refused('foreign', copy, { ...trust.root, account: { venue: 'simulated', id: 'other' } });
    refused('foreign', copy, { ...trust.root, stack: 'other' });
    refused('foreign', copy, { ...trust.root, genesis: digestBytes('other') });
  });

  test('too old, or from the future', () => {
    expect(() => verifyExport(copy, trust.root, clock.now + exportFreshMs)).not.toThrow();
    refused('stale_export', copy, trust.root, clock.now + exportFreshMs + 1);
    expect(() => verifyExport(copy, trust.root, clock.now - 60_000)).not.toThrow();
    refused('stale_export', copy, trust.root, clock.now - 60_001);
  });
});

test.prop([fc.nat({ max: copy.length - 1 }), fc.integer({ min: 1, max: 255 })], { numRuns: 300 })(
  'a byte changed anywhere is refused, or was not signed',
  (at, change) => {
    const changed = Buffer.from(copy);
    changed[at]! ^= change;
    let result: ReturnType<typeof verifyExport>;
    try {
      result = verifyExport(changed, trust.root, clock.now);
    } catch {
      return;
    }
    expect(result.view).toEqual(viewLedger(chain, clock));
  },
);
