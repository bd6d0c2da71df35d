import { describe, expect, it } from 'vitest';
import { type Draft, type Entry, formatEntry, hashOf, parseEntry, signEntry } from '../../ledger/entry';
import { exportLedger, verifyExport } from '../../ledger/export';
import { type Chain, verifyLedger } from '../../ledger/verify';
import { viewLedger } from '../../ledger/view';
import { type Digest, digestBytes } from '../../posture/digest';
import { digestTransition } from '../../posture/judge-approval';
import { digestPosture, type Posture } from '../../posture/posture';
import { haltAt, headAfter, incidentOf, livePosture } from '../helpers/ledger';
import { makeTrust, nextTrust, type Trust } from '../helpers/trust';

// What a ledger takes for a return, and what it says of the grant before. Evidence, halts and accounts: verify.test.ts.
const trust = makeTrust();
const second = 1_000;
const day = 24 * 60 * 60 * second;

const before = livePosture;
const after: Posture = { ...before, model: { version: '2', digest: digestBytes('other') } };
const third: Posture = { ...before, model: { version: '3', digest: digestBytes('third') } };

let evidence = 0;
const grant = (from: Posture | null, to: Posture, edit: object = {}): Draft => ({
  kind: 'grant',
  body: {
    posture: to,
    digest: digestPosture(to),
    transition: digestTransition(from, to),
    evidence: [digestBytes(`evidence ${evidence++}`)],
    ...edit,
  },
});
const returnOf = (undoes: Digest, from = after, to = before, edit: object = {}) =>
  grant(from, to, { evidence: [], return: { undoes }, ...edit });

/** Appends an entry that the guardian signs, or the approver a close. */
function extend(entries: readonly Entry[], draft: Draft, laterMs = second, of: Trust = trust): Entry[] {
  const last = entries.at(-1)!;
  const by = draft.kind === 'incident' ? of.signers.approver : of.signers.guardian;
  return [...entries, signEntry(draft, headAfter(last), last.time + laterMs, by)];
}
const chainOf = (entries: readonly Entry[]): Chain =>
  verifyLedger(Buffer.from(entries.map(formatEntry).join('')), trust.root);
const viewOf = (entries: readonly Entry[]) =>
  viewLedger(chainOf(entries), { now: entries.at(-1)!.time, lastRenewal: entries.at(-1)!.time });
const newest = (entries: readonly Entry[]) => hashOf(entries.at(-1)!);

const first = extend([trust.genesis], grant(null, before));
const risen = extend(first, grant(before, after));
const returned = extend(risen, returnOf(newest(risen)));

function refused(entries: readonly Entry[], what: RegExp): void {
  expect(() => chainOf(entries)).toThrow(
    expect.objectContaining({ code: 'return_refused', message: expect.stringMatching(what) }),
  );
}

describe('a return in the ledger', () => {
  it('is read, and remembered', () => {
    const chain = chainOf(returned);
    expect(chain.unendedGrant).toMatchObject({
      body: { digest: digestPosture(before), return: { undoes: newest(risen) } },
    });
    expect([...chain.returned]).toEqual([digestTransition(after, before)]);
    expect(chain.consumed.size).toBe(2);
  });

  it('is one line like any other, and a grant without it reads as it always did', () => {
    for (const entry of returned) expect(parseEntry(formatEntry(entry).slice(0, -1), 'line')).toEqual(entry);
    expect(formatEntry(first.at(-1)!)).not.toContain('return');
  });

  it('is refused from a grant that does not stand', () => {
    refused(extend(risen, returnOf(newest(first))), /does not stand/);
    refused(extend(risen, returnOf(digestBytes('nothing'))), /does not stand/);
    const ended = extend(risen, { kind: 'end', body: { grant: newest(risen), reason: 'other_posture' } });
    refused(extend(ended, returnOf(newest(risen))), /does not stand/);
    refused(extend([trust.genesis], returnOf(digestBytes('nothing'))), /does not stand/);
  });

  it('is refused after a halt, also one that is closed', () => {
    const halted = extend(risen, haltAt(risen.at(-1)!.time));
    expect(() => chainOf(extend(halted, returnOf(newest(risen))))).toThrow(
      expect.objectContaining({ code: 'grant_over_halt' }),
    );
    const closed = extend(halted, incidentOf(newest(halted)));
    refused(extend(closed, returnOf(newest(risen))), /does not stand/);
  });

  it('is refused to any posture but the one before', () => {
    const further = extend(risen, grant(after, third));
    refused(extend(further, returnOf(newest(further), third, before)), /another posture/);
    refused(extend(first, returnOf(newest(first), before, after)), /another posture/);
    // A grant that was made from something else than what stood has nothing before it.
    const elsewhere = extend(first, grant(third, after));
    refused(extend(elsewhere, returnOf(newest(elsewhere))), /another posture/);
  });

  it('is refused for another change, or with evidence', () => {
    const edit = { transition: digestTransition(third, before) };
    refused(extend(risen, returnOf(newest(risen), after, before, edit)), /another change/);
    refused(extend(risen, returnOf(newest(risen), after, before, { evidence: [digestBytes('x')] })), /evidence/);
  });

  it('is refused where it raises what was lowered', () => {
    const tight = { ...after, confidenceThreshold: 0.9 };
    const lowered = extend(first, grant(before, tight));
    refused(extend(lowered, returnOf(newest(lowered), tight)), /confidenceThreshold, which was lowered/);
  });

  it('is refused from a return, and the second time', () => {
    refused(extend(returned, returnOf(newest(returned), before, after)), /from a return/);
    const again = extend(returned, grant(before, after));
    refused(extend(again, returnOf(newest(again))), /made before/);
    // Another one from there is the first of its kind.
    const other = extend(returned, grant(before, third));
    expect(chainOf(extend(other, returnOf(newest(other), third))).returned.size).toBe(2);
  });

  it('is refused after 24 h, by the ledger’s own times', () => {
    expect(() => chainOf(extend(risen, returnOf(newest(risen)), day))).not.toThrow();
    refused(extend(risen, returnOf(newest(risen)), day + 1), /after its time/);
  });

  it('that the trust root in force would not allow any more is still read', () => {
    // The ledger holds to the longest time; what a trust root allows is for the decision.
    const { envelope } = nextTrust(trust, [], { change: (root) => ({ ...root, rollbackWindowSeconds: 1 }) });
    const last = risen.at(-1)!;
    const rotation = signEntry({ kind: 'rotation', body: { trustRoot: envelope } }, headAfter(last), last.time, []);
    const chain = chainOf(extend([...risen, rotation], returnOf(newest(risen)), day));
    expect(chain.trustRoot.rollbackWindowSeconds).toBe(1);
    expect(chain.unendedGrant?.body.return).toEqual({ undoes: newest(risen) });
  });
});

describe('what the ledger says of the grant before', () => {
  const granted = (entry: Entry, posture: Posture) => ({
    posture,
    digest: digestPosture(posture),
    grantedAt: entry.time,
  });

  it('is the one that it replaced', () => {
    expect(viewOf(risen).standing).toEqual({
      ...granted(risen[2]!, after),
      predecessor: granted(risen[1]!, before),
    });
    expect(viewOf(first).standing).toEqual(granted(first[1]!, before));
  });

  it('is none after an end, a halt, or for a grant that was made from something else', () => {
    const ended = extend(first, { kind: 'end', body: { grant: newest(first), reason: 'other_posture' } });
    expect(viewOf(extend(ended, grant(null, after))).standing).not.toHaveProperty('predecessor');
    expect(viewOf(extend(first, grant(third, after))).standing).not.toHaveProperty('predecessor');
    const halted = extend(first, haltAt(0));
    const closed = extend(halted, incidentOf(newest(halted)));
    expect(viewOf(extend(closed, grant(before, after))).standing).not.toHaveProperty('predecessor');
  });

  it('of a return says that it is one, and which were made', () => {
    expect(viewOf(returned)).toMatchObject({
      standing: { isReturn: true, predecessor: granted(returned[2]!, after) },
      returned: new Set([digestTransition(after, before)]),
    });
    expect(viewOf(risen)).not.toHaveProperty('returned');
  });

  it.each([
    ['no grant', [trust.genesis]],
    ['one', first],
    ['one after another', risen],
    ['a return', returned],
  ])('is the same in a signed copy: %s', (_what, entries) => {
    const clock = { now: entries.at(-1)!.time, lastRenewal: null };
    const chain = chainOf(entries);
    const copy = Buffer.from(exportLedger(chain, clock, trust.signers.guardian));
    expect(verifyExport(copy, trust.root, clock.now).view).toEqual(viewLedger(chain, clock));
  });
});
