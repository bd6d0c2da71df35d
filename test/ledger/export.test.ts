import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { formatEnvelope, parseEnvelope, signPayload } from '../../evidence/dsse';
import { exportFreshMs, exportLedger, exportType, verifyExport } from '../../ledger/export';
import { Chain } from '../../ledger/verify';
import { viewLedger } from '../../ledger/view';
import { digestBytes } from '../../posture/digest';
import { entriesOf, grantOf, haltAt } from '../helpers/ledger';
import { changedAt, malformedFrom } from '../helpers/places';
import { makeTrust, startTime } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const trust = makeTrust();
const clock = { now: startTime + 60_000, lastRenewal: startTime + 50_000 };

function chainOf(...drafts: Parameters<typeof entriesOf>[1]): Chain {
  const chain = new Chain(trust.root);
  for (const entry of entriesOf(trust, drafts)) chain.add(entry);
  return chain;
}

const chain = chainOf(grantOf(digestBytes('evidence')));
const copy = Buffer.from(exportLedger(chain, clock, trust.signers.guardian));
const long = chainOf(...Array.from({ length: 50 }, (_, at) => haltAt(at)));
const hour = 60 * 60 * 1000;

/** What a copy says. */
const contentOf = (bytes: Uint8Array): object =>
  JSON.parse(Buffer.from(parseEnvelope(bytes, exportType, 1024 * 1024).payload).toString());

/** Anything, signed by the guardian as if it were a copy. */
function signed(content: unknown): Uint8Array {
  const payload = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const signatures = signPayload({ payloadType: exportType, payload }, trust.signers.guardian);
  return Buffer.from(formatEnvelope({ payloadType: exportType, payload, signatures }));
}

const refused = (code: string, bytes: Uint8Array, root = trust.root, now = clock.now) =>
  expect(() => verifyExport(bytes, root, now)).toThrow(withCode(code));

test('a signed copy says what the ledger says', () => {
  for (const of of [chain, chainOf(), chainOf(...Array.from({ length: 50 }, (_, at) => haltAt(at)))]) {
    const bytes = Buffer.from(exportLedger(of, clock, trust.signers.guardian));
    const { view, tail, exportedAt } = verifyExport(bytes, trust.root, clock.now);
    expect(view).toEqual(viewLedger(of, clock));
    expect(tail).toEqual(of.entries.slice(-20));
    expect(exportedAt).toBe(clock.now);
  }
});

test('a copy is what it is marked as, and leaves out only the older entries', () => {
  expect(exportType).toBe('application/vnd.cutover.ledger-export+json');
  expect(contentOf(copy)).toMatchObject({ format: 'cutover-ledger-export/v1', tailAfter: null });
  const at = (length: number) => {
    const of = chainOf(...Array.from({ length: length - 1 }, (_, entry) => haltAt(entry)));
    return { of, content: contentOf(Buffer.from(exportLedger(of, clock, trust.signers.guardian))) };
  };
  expect(at(20).content).toMatchObject({ tailAfter: null, tail: Array.from({ length: 20 }, () => ({})) });
  const { of, content } = at(22);
  expect(content).toMatchObject({ tailAfter: { seq: 1, head: of.hashAt(1) }, tail: of.entries.slice(2) });
  expect(exportFreshMs).toBe(600_000);
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

  test('of another form, at any depth', () => {
    const document = contentOf(copy);
    // A posture may have more fields than are known here.
    const known = malformedFrom(document).filter(
      ({ where }) => !/standing\.posture\.(?!stack|tradingMode|account)/.test(where),
    );
    for (const { where, document: other } of known.filter(({ where }) => where !== 'more in standing.posture'))
      expect(() => verifyExport(signed(other), trust.root, clock.now), where).toThrow(withCode('malformed'));
    expect(() => verifyExport(signed({}), trust.root, clock.now)).toThrow(
      expect.objectContaining({ details: expect.arrayContaining([expect.stringContaining('tail')]) }),
    );
  });

  test('with more entries than are copied, with none, or with numbers that are none', () => {
    const document = contentOf(Buffer.from(exportLedger(long, clock, trust.signers.guardian))) as { tail: unknown[] };
    refused('malformed', signed({ ...document, tail: [] }));
    refused('malformed', signed({ ...document, tail: [...document.tail, document.tail[0]] }));
    for (const place of [['seq'], ['exportedAt'], ['newestTime'], ['tailAfter', 'seq'], ['standing', 'grantedAt']]) {
      const holder = place.length === 1 || place[0] === 'tailAfter' ? document : contentOf(copy);
      for (const value of [-1, 0.5]) refused('malformed', signed(changedAt(holder as object, place, value)));
    }
    refused('malformed', signed(changedAt(document, ['openHalts', 0, 'haltedAt'], -1)));
  });

  test('whose entries do not lead to its head', () => {
    const document = contentOf(Buffer.from(exportLedger(long, clock, trust.signers.guardian))) as {
      tail: unknown[];
      tailAfter: { seq: number };
      seq: number;
    };
    const { tail, seq } = document;
    for (const other of [
      { ...document, head: digestBytes('other') },
      { ...document, seq: seq + 1 },
      { ...document, tail: tail.slice(1) },
      { ...document, tail: tail.slice(0, -1) },
      { ...document, tail: [tail[1], tail[0], ...tail.slice(2)] },
      { ...document, tailAfter: null },
      { ...document, tailAfter: { ...document.tailAfter, head: digestBytes('other') } },
    ])
      refused('broken_chain', signed(other));
    expect(() => verifyExport(signed(document), trust.root, clock.now)).not.toThrow();
  });

  test('by fewer keys of the guardian than must sign, and it says how many', () => {
    const two = makeTrust({ keys: { guardian: 2 } });
    const of = new Chain(two.root);
    of.add(two.genesis);
    const by = (...signers: typeof two.signers.guardian) => Buffer.from(exportLedger(of, clock, signers));
    expect(() => verifyExport(by(two.signers.guardian[0]!), two.root, clock.now)).toThrow(
      "the ledger's copy: expected 2 guardian keys, found 1",
    );
    expect(() => verifyExport(by(...two.signers.guardian), two.root, clock.now)).not.toThrow();
  });

  test('with words that say which ledger it is of, how old it is, and what cannot be read', () => {
    const says = (run: () => unknown, words: string | RegExp) => expect(run).toThrow(words);
    says(
      () => verifyExport(copy, { ...trust.root, stack: 'other' }, clock.now),
      "the ledger's copy is of stack main, account simulated/simulated-1",
    );
    says(() => verifyExport(copy, trust.root, clock.now + 11 * 60_000), /is 660 s old, at most 600 s count$/);
    says(() => verifyExport(copy, trust.root, clock.now - 120_000), /from the future/);
    says(() => verifyExport(signed({}), trust.root, clock.now), "the ledger's copy is not valid");
    says(() => verifyExport(signed('{'), trust.root, clock.now), /^the ledger's copy is not the JSON expected: ./);
    says(() => verifyExport(Buffer.alloc(1024 * 1024 + 1), trust.root, clock.now), 'expected at most 1048576 bytes');
    says(() => verifyExport(Buffer.from(copy.toString().padEnd(1024 * 1024)), trust.root, clock.now + hour), /old/);
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
