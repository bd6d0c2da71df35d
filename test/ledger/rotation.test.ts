import { describe, expect, it } from 'vitest';
import { type Entry, formatEntry, hashOf, signEntry } from '../../ledger/entry';
import { type Chain, verifyLedger } from '../../ledger/verify';
import { digestBytes } from '../../posture/digest';
import { entriesOf, grantOf, haltAt, headAfter, incidentOf } from '../helpers/ledger';
import { makeTrust, nextTrust, startTime, type Trust } from '../helpers/trust';

const trust = makeTrust();
const evidence = digestBytes('evidence');
const verify = (entries: readonly Entry[], root = trust.root): Chain =>
  verifyLedger(Buffer.from(entries.map(formatEntry).join('')), root);
const withCode = (code: string) => expect.objectContaining({ code });

/** Appends an entry, signed by these keys. */
const extend = (
  entries: readonly Entry[],
  draft: Parameters<typeof signEntry>[0],
  by: Trust['signers']['guardian'],
) => [...entries, signEntry(draft, headAfter(entries.at(-1)!), entries.at(-1)!.time, by)];
const rotation = (envelope: string) => ({ kind: 'rotation', body: { trustRoot: envelope } }) as const;

const granted = entriesOf(trust, [grantOf(evidence)]);
const all = ['guardian', 'measure', 'approver'] as const;
const second = nextTrust(trust, all);
const rotated = extend(granted, rotation(second.envelope), []);

describe('a rotation', () => {
  it('puts the next trust root in force, and what was granted before it stands', () => {
    const chain = verify(rotated);
    expect(chain.trustRoot).toEqual(second.trust.root);
    expect(chain.rotations).toEqual([second.envelope]);
    expect(chain.unendedGrant?.hash).toBe(hashOf(granted[1]!));
    expect([...chain.consumed]).toEqual([evidence]);
  });

  it('from there on the new keys sign, and the old ones no longer', () => {
    const { signers } = second.trust;
    const halted = extend(rotated, haltAt(startTime), signers.guardian);
    expect(verify(halted).openHalts).toHaveLength(1);
    expect(() => verify(extend(rotated, haltAt(startTime), trust.signers.guardian))).toThrow(withCode('bad_signature'));
    const close = incidentOf(hashOf(halted.at(-1)!));
    expect(verify(extend(halted, close, signers.approver)).openHalts).toEqual([]);
    expect(() => verify(extend(halted, close, trust.signers.approver))).toThrow(withCode('bad_signature'));
  });

  it('is followed by others, step by step', () => {
    const third = nextTrust(second.trust, ['measure']);
    const chain = verify(extend(rotated, rotation(third.envelope), []));
    expect(chain.trustRoot).toEqual(third.trust.root);
    expect(chain.rotations).toHaveLength(2);
  });

  it.each<[string, string, () => Entry[]]>([
    [
      'one that the old approvers have not signed',
      'threshold',
      () => {
        const { envelope } = nextTrust(trust, all, { by: second.trust.signers.approver });
        return extend(granted, rotation(envelope), []);
      },
    ],
    [
      'a version that is left out',
      'trust_root_not_next',
      () => extend(granted, rotation(nextTrust(second.trust, ['measure']).envelope), []),
    ],
    ['the same one again', 'trust_root_not_next', () => extend(rotated, rotation(second.envelope), [])],
    [
      'the pinned one put back',
      'trust_root_not_next',
      () => {
        const back = nextTrust(trust, [], { change: (root) => ({ ...root, version: 1 }) });
        return extend(rotated, rotation(back.envelope), []);
      },
    ],
    [
      'another second version than the one in force',
      'trust_root_not_next',
      () => extend(rotated, rotation(nextTrust(trust, ['measure']).envelope), []),
    ],
    ['what is none', 'malformed', () => extend(granted, rotation('{}'), [])],
    [
      'signatures beside its own',
      'bad_signature',
      () => extend(granted, rotation(second.envelope), trust.signers.guardian),
    ],
  ])('is refused for %s', (_, code, make) => {
    expect(() => verify(make())).toThrow(withCode(code));
  });

  it('a later version in the place of the pinned one is not the pinned one', () => {
    expect(() => verify(rotated, second.trust.root)).toThrow(withCode('trust_root_not_pinned'));
  });
});
