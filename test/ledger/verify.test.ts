import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { generateSigner } from '../../evidence/keys';
import { type Entry, formatEntry, hashOf, signEntry } from '../../ledger/entry';
import { LedgerError } from '../../ledger/errors';
import { verifyLedger } from '../../ledger/verify';
import { digestBytes } from '../../posture/digest';
import { entriesOf, grantOf, haltAt, headAfter, incidentOf, livePosture } from '../helpers/ledger';
import { makeTrust, startTime, type Trust } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const trust = makeTrust();
const evidence = digestBytes('evidence');
const format = (entries: readonly Entry[]) => Buffer.from(entries.map(formatEntry).join(''));
const verify = (entries: readonly Entry[], by: Trust = trust) => verifyLedger(format(entries), by.root);
const refused = (entries: readonly Entry[], code: string, by?: Trust) =>
  expect(() => verify(entries, by)).toThrow(withCode(code));

const granted = entriesOf(trust, [grantOf(evidence)]);
const halted = entriesOf(trust, [grantOf(evidence), haltAt(startTime)]);
const closed = entriesOf(trust, [grantOf(evidence), haltAt(startTime), incidentOf(hashOf(halted[2]!))]);

/** Appends an entry that is signed by these keys. */
const extend = (entries: readonly Entry[], draft: Parameters<typeof signEntry>[0], by = trust.signers.guardian) => [
  ...entries,
  signEntry(draft, headAfter(entries.at(-1)!), entries.at(-1)!.time, by),
];

describe('an honest ledger', () => {
  test('is read, and says what was granted, halted and consumed', () => {
    const chain = verify(closed);
    expect(chain.head).toEqual(headAfter(closed[3]!));
    expect(chain.entries).toEqual(closed);
    expect(chain.openHalts).toEqual([]);
    expect(chain.unendedGrant).toBeNull();
    expect([...chain.consumed]).toEqual([evidence]);
    expect(verify(granted).unendedGrant?.body.posture).toEqual(livePosture);
    expect(verify(halted).openHalts).toHaveLength(1);
  });

  test('may be granted anew once its halts are closed', () => {
    const again = extend(closed, grantOf(digestBytes('new')));
    expect(verify(again).unendedGrant?.hash).toBe(hashOf(again.at(-1)!));
  });

  test('closes only the halts that an incident names', () => {
    const two = entriesOf(trust, [haltAt(1), haltAt(2)]);
    const one = extend(two, incidentOf(hashOf(two[1]!)), trust.signers.approver);
    expect(verify(one).openHalts.map(({ body }) => body.haltedAt)).toEqual([2]);
  });
});

describe('refused by name', () => {
  test('an empty one', () => {
    refused([], 'empty');
  });

  test('one of another account, stack or trust root', () => {
    refused(entriesOf(makeTrust({ account: 'other' }), []), 'foreign');
    refused(granted, 'foreign', makeTrust());
    const otherTerms = { ...trust, root: { ...trust.root, canaryMargin: 0.5 } };
    refused(granted, 'foreign', otherTerms);
  });

  test('one that was started again without its past', () => {
    const anew = { ...trust.genesis, time: trust.genesis.time + 1 } as Entry;
    refused([anew], 'foreign');
  });

  test('an entry left out, twice, exchanged, or put first', () => {
    refused([closed[0]!, closed[1]!, closed[3]!], 'wrong_seq');
    refused([closed[0]!, closed[1]!, closed[1]!], 'wrong_seq');
    refused([closed[0]!, closed[2]!, closed[1]!], 'wrong_seq');
    refused(closed.slice(1), 'wrong_seq');
  });

  test('an entry of a fork put behind another entry', () => {
    const fork = entriesOf(trust, [haltAt(startTime, 'another')]);
    refused([...fork, halted[2]!], 'broken_chain');
  });

  test('an entry older than the one before', () => {
    const before = granted.at(-1)!;
    const halt = (time: number) => signEntry(haltAt(time), headAfter(before), time, trust.signers.guardian);
    refused([...granted, halt(before.time - 1)], 'time_steps_back');
    expect(verify([...granted, halt(before.time)]).openHalts).toHaveLength(1);
  });

  test('a grant or halt without the guardian, a close without the approver', () => {
    const { guardian, measure, approver } = trust.signers;
    for (const by of [[], measure, approver, [generateSigner()]]) {
      refused(extend([trust.genesis], grantOf(evidence), by), 'bad_signature');
      refused(extend([trust.genesis], haltAt(startTime), by), 'bad_signature');
    }
    for (const by of [[], measure, guardian, [generateSigner()]]) {
      refused(extend(halted, incidentOf(hashOf(halted[2]!)), by), 'bad_signature');
    }
  });

  test('a signature of one entry on another', () => {
    const [, grant, halt] = halted as [Entry, Entry, Entry];
    refused([trust.genesis, grant, { ...halt, signatures: grant.signatures }], 'bad_signature');
  });

  test('a signature that does not count, beside one that does', () => {
    const [, grant] = granted as [Entry, Entry];
    const [signature] = grant.signatures as [Entry['signatures'][0]];
    const [measure] = trust.signers.measure as [(typeof trust.signers.measure)[0]];
    for (const signatures of [
      [signature, signature],
      [signature, { ...signature, keyid: 'spoofed' }],
      [{ ...signature, keyid: measure.keyId }],
    ]) {
      refused([trust.genesis, { ...grant, signatures }], 'bad_signature');
    }
  });

  test('one key twice where two must sign', () => {
    const two = makeTrust({ keys: { approver: 2 } });
    const open = entriesOf(two, [haltAt(startTime)]);
    const [first] = two.signers.approver as [(typeof two.signers.approver)[0]];
    const close = incidentOf(hashOf(open[1]!));
    refused(extend(open, close, [first, first]), 'bad_signature', two);
    expect(verify(extend(open, close, two.signers.approver), two).openHalts).toEqual([]);
  });

  test('12: evidence that was consumed before, also within one grant', () => {
    refused(extend(granted, grantOf(digestBytes('new'), evidence)), 'evidence_reused');
    refused(extend(closed, grantOf(evidence)), 'evidence_reused');
    refused(entriesOf(trust, [grantOf(evidence, evidence)]), 'evidence_reused');
    expect(verify(extend(granted, grantOf(digestBytes('new')))).consumed.size).toBe(2);
  });

  test('a grant while a halt is open', () => {
    refused(extend(halted, grantOf(digestBytes('new'))), 'grant_over_halt');
  });

  test('a grant for another account, or of another posture than its digest', () => {
    const { body } = grantOf(evidence);
    const posture = { ...livePosture, account: { venue: 'simulated', id: 'other' } };
    refused(entriesOf(trust, [{ kind: 'grant', body: { ...body, posture } }]), 'malformed');
  });

  test('a close of no halt, of a closed one, of none; an end of no grant', () => {
    const by = trust.signers.approver;
    refused(extend(granted, incidentOf(digestBytes('no halt')), by), 'unknown_halt');
    refused(extend(closed, incidentOf(hashOf(halted[2]!)), by), 'unknown_halt');
    refused(extend(halted, incidentOf(), by), 'malformed');
    const end = { kind: 'end', body: { grant: hashOf(granted[1]!), reason: 'another posture' } } as const;
    const ended = extend(granted, end);
    expect(verify(ended).unendedGrant).toBeNull();
    refused(extend(ended, end), 'unknown_grant');
    refused(extend(halted, end), 'unknown_grant');
  });

  test('a ledger that lacks an entry seen before', () => {
    const seen = headAfter(halted[2]!);
    expect(() => verify(closed).requireContains(seen)).not.toThrow();
    expect(() => verify(granted).requireContains(seen)).toThrow(withCode('truncated'));
    const fork = extend(granted, haltAt(startTime, 'another'));
    expect(() => verify(fork).requireContains(seen)).toThrow(withCode('forked'));
  });

  test('the same entry in another writing', () => {
    const text = format(granted).toString();
    for (const other of [text.replace('{', '{ '), text.replace('\n', '\r\n'), text.replace('"kind"', '"\\u006bind"')]) {
      expect(() => verifyLedger(Buffer.from(other), trust.root)).toThrow(withCode('malformed'));
    }
  });
});

const bytes = format(closed);

test.prop([fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 })], { numRuns: 500 })(
  'a byte changed anywhere makes it unreadable, or no line at all',
  (at, change) => {
    const changed = Buffer.from(bytes);
    changed[at]! ^= change;
    try {
      verifyLedger(changed, trust.root);
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerError);
      return;
    }
    // Only the last line's end: without it, the line was never acknowledged.
    expect(at).toBe(bytes.length - 1);
  },
);
