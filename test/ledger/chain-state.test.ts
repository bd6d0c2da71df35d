import { describe, expect, test } from 'vitest';
import { noEntry } from '../../ledger/chain';
import { type Draft, type Entry, formatEntry, genesisEntry, hashOf, signEntry } from '../../ledger/entry';
import { makeNext, requireHead } from '../../ledger/next-entry';
import { Chain, verifyLedger } from '../../ledger/verify';
import { digestBytes } from '../../posture/digest';
import { digestPosture, type Posture } from '../../posture/posture';
import { entriesOf, grantOf, haltAt, incidentOf, livePosture } from '../helpers/ledger';
import { makeTrust, startTime } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const trust = makeTrust();

/** The chain of drafts that are properly signed. */
function chainOf(...drafts: Draft[]): Chain {
  const chain = new Chain(trust.root);
  for (const entry of entriesOf(trust, drafts)) chain.add(entry);
  return chain;
}

/** Adds a draft that is properly signed; returns its entry. */
function extend(chain: Chain, draft: Draft, time = chain.newestTime): Entry {
  const role = draft.kind === 'incident' ? 'approver' : 'guardian';
  const entry = signEntry(draft, chain.head, time, trust.signers[role]);
  chain.add(entry);
  return entry;
}

const grantOfPosture = (posture: Posture): Draft => ({
  kind: 'grant',
  body: { ...grantOf().body, posture, digest: digestPosture(posture) },
});

describe('a chain', () => {
  test('without an entry has no head, no time, and nothing standing', () => {
    const chain = new Chain(trust.root);
    expect(chain.head).toEqual({ seq: -1, head: noEntry });
    expect(noEntry).toBe(`sha256:${'0'.repeat(64)}`);
    expect(chain).toMatchObject({ newestTime: 0, openHalts: [], unendedGrant: null, entries: [] });
    expect(chain.consumed.size).toBe(0);
    expect(() => chain.hashAt(0)).toThrow(new RangeError('the ledger has no entry 0'));
  });

  test('knows each of its entries by number and by hash', () => {
    const entries = entriesOf(trust, [haltAt(1), haltAt(2)]);
    const chain = chainOf(haltAt(1), haltAt(2));
    expect(entries.map((_, seq) => chain.hashAt(seq))).toEqual(entries.map(hashOf));
    expect(chain.genesis).toEqual(trust.genesis.body);
    expect(chain.newestTime).toBe(startTime + 2000);
    for (const seq of [-1, 3]) expect(() => chain.hashAt(seq)).toThrow(RangeError);
  });

  test('gives who saw a head what came after it', () => {
    const chain = chainOf(haltAt(1), haltAt(2));
    const heads = [0, 1, 2].map((seq) => ({ seq, head: chain.hashAt(seq) }));
    expect(heads.map((head) => chain.digestsAfter(head).length)).toEqual([2, 1, 0]);
    expect(chain.digestsAfter(heads[0]!).slice(1)).toEqual(chain.digestsAfter(heads[1]!));
    expect(() => chain.digestsAfter({ seq: 1, head: chain.hashAt(2) })).toThrow(withCode('forked'));
    expect(() => chain.digestsAfter({ seq: 3, head: chain.hashAt(2) })).toThrow(
      'the ledger ends at entry 2, but entry 3 was seen before',
    );
  });

  test('takes in nothing of what it refuses', () => {
    const chain = chainOf(grantOf(digestBytes('a')));
    const before = { head: chain.head, grant: chain.unendedGrant, consumed: [...chain.consumed] };
    const role = trust.signers.guardian;
    for (const draft of [grantOf(digestBytes('b'), digestBytes('a')), incidentOf(digestBytes('none'))]) {
      expect(() => chain.add(signEntry(draft, chain.head, startTime, role))).toThrow();
      expect({ head: chain.head, grant: chain.unendedGrant, consumed: [...chain.consumed] }).toEqual(before);
    }
  });

  test('remembers whose grant stands, until it is ended, halted, or followed by another', () => {
    const chain = chainOf();
    const first = extend(chain, grantOf(), startTime + 5);
    expect(chain.unendedGrant).toMatchObject({ hash: hashOf(first), grantedAt: startTime + 5, body: first.body });
    const second = extend(chain, grantOf());
    expect(chain.unendedGrant?.hash).toBe(hashOf(second));
    expect(() => extend(chain, { kind: 'end', body: { grant: hashOf(first), reason: '' } })).toThrow(
      withCode('unknown_grant'),
    );
    extend(chain, { kind: 'end', body: { grant: hashOf(second), reason: '' } });
    expect(chain.unendedGrant).toBeNull();
  });

  test('closes of three halts the two that an incident names, and refuses it when one of them is none', () => {
    const chain = chainOf();
    const [one, two, three] = [1, 2, 3].map((at) => hashOf(extend(chain, haltAt(at)))) as [never, never, never];
    expect(() => extend(chain, incidentOf(one, digestBytes('none')))).toThrow(withCode('unknown_halt'));
    expect(() => extend(chain, incidentOf(digestBytes('none'), one))).toThrow(withCode('unknown_halt'));
    extend(chain, incidentOf(three, one));
    expect(chain.openHalts.map(({ hash }) => hash)).toEqual([two]);
    expect(() => extend(chain, grantOf())).toThrow('entry 5 is a grant while a halt is open');
  });
});

describe('a ledger is refused', () => {
  test.each<[string, Posture]>([
    ['stack', { ...livePosture, stack: 'other' }],
    ['account', { ...livePosture, account: { venue: 'simulated', id: 'other' } }],
    ['venue', { ...livePosture, account: { venue: 'other', id: 'simulated-1' } }],
  ])('that grants a posture of another %s', (_, posture) => {
    const { stack, account } = posture;
    expect(() => chainOf(grantOfPosture(posture))).toThrow(withCode('foreign'));
    expect(() => chainOf(grantOfPosture(posture))).toThrow(
      `entry 1 grants a posture of stack ${stack}, account ${account.venue}/${account.id}`,
    );
  });

  test.each([1, 2])(
    'of another stack or account, whatever its genesis says, by a trust root of version %i',
    (version) => {
      const add = (changes: object) => () => new Chain({ ...trust.root, version, ...changes }).add(trust.genesis);
      for (const changes of [
        { stack: 'other' },
        { account: { venue: 'simulated', id: 'other' } },
        { account: { venue: 'other', id: 'simulated-1' } },
        { genesis: digestBytes('other') },
      ])
        expect(add(changes)).toThrow(
          expect.objectContaining({
            code: 'foreign',
            details: [expect.stringContaining('expected the genesis sha256:'), `found ${trust.root.genesis}`],
          }),
        );
      expect(add({ stack: 'other' })).toThrow(
        'this ledger is of stack main, account simulated/simulated-1, not of stack other, account simulated/simulated-1',
      );
    },
  );

  test('that was made for another trust root', () => {
    const add = () => new Chain({ ...trust.root, canaryMargin: 0.5 }).add(trust.genesis);
    expect(add).toThrow('this ledger was made for another trust root');
    expect(add).toThrow(withCode('foreign'));
  });

  test('whose entry is no genesis where one must be, or one where none may be', () => {
    const { guardian } = trust.signers;
    const first = signEntry(haltAt(1), { seq: -1, head: noEntry }, startTime, guardian);
    expect(() => new Chain(trust.root).add(first)).toThrow('entry 0 is a halt; the first, and no other, is a genesis');
    const chain = chainOf();
    const again = { ...trust.genesis, seq: 1, prev: chain.head.head } as Entry;
    expect(() => chain.add(again)).toThrow(withCode('malformed'));
  });

  test('by the number of the line that is wrong', () => {
    const entries = entriesOf(trust, [haltAt(1)]);
    const text = (line: number) =>
      entries.map((entry, at) => (at + 1 === line ? 'garbage\n' : formatEntry(entry))).join('');
    for (const line of [1, 2])
      expect(() => verifyLedger(Buffer.from(text(line)), trust.root)).toThrow(`the ledger's line ${line} is not JSON`);
    expect(() => verifyLedger(Buffer.from('\n'), trust.root)).toThrow(withCode('malformed'));
  });

  test('for a signature that is not base64', () => {
    const [, halt] = entriesOf(trust, [haltAt(1)]) as [Entry, Entry];
    const broken = { ...halt, signatures: [{ ...halt.signatures[0]!, sig: '?' }] };
    expect(() => chainOf().add(broken)).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: 'entry 1: a signature is not base64',
        cause: expect.any(Error),
      }),
    );
  });
});

test('all keys of a role may sign where one is enough, and too few where more must sign are told', () => {
  const two = makeTrust({ keys: { approver: 2 } });
  const { genesis: _, ...terms } = two.root;
  const approver = { ...terms.roles.approver, threshold: 1 };
  const laxTerms = { ...terms, roles: { ...terms.roles, approver } };
  const genesis = genesisEntry(laxTerms, { drill: false, now: startTime });
  const lax = { ...two, root: { ...laxTerms, genesis: hashOf(genesis) }, genesis };
  const close = (of: typeof two, by: typeof two.signers.approver) => () => {
    const chain = new Chain(of.root);
    const halt = entriesOf(of, [haltAt(1)]);
    for (const entry of halt) chain.add(entry);
    chain.add(signEntry(incidentOf(hashOf(halt[1]!)), chain.head, chain.newestTime, by));
  };
  const [first, second] = two.signers.approver as [never, never];
  for (const by of [[first], [second], [first, second]]) expect(close(lax, by)).not.toThrow();
  expect(close(two, [first, second])).not.toThrow();
  expect(close(two, [first])).toThrow(
    'entry 2, a incident: expected signatures of 2 keys of the role approver and no others, found 1 among 1',
  );
});

describe('the next entry', () => {
  const { guardian: signers } = trust.signers;

  test('follows the head that was expected, and no other', () => {
    const chain = chainOf(haltAt(1));
    const { seq, head } = chain.head;
    expect(() => requireHead(chain, { seq, head })).not.toThrow();
    for (const other of [
      { seq: seq + 1, head },
      { seq, head: digestBytes('other') },
    ])
      expect(() => requireHead(chain, other)).toThrow(
        expect.objectContaining({
          code: 'stale_head',
          message: `expected the ledger to end at entry ${other.seq}, it ends at ${seq}`,
          details: [`expected ${other.head}`, `found ${head}`],
        }),
      );
    expect(() => makeNext(chain, haltAt(2), { expected: { seq: 0, head }, signers, now: 0 })).toThrow(
      withCode('stale_head'),
    );
  });

  test('is never older than the one before it', () => {
    const chain = chainOf(haltAt(1));
    const timeAt = (now: number) => makeNext(chain, haltAt(2), { expected: chain.head, signers, now }).time;
    const newest = chain.newestTime;
    expect([newest - 1, newest, newest + 1].map(timeAt)).toEqual([newest, newest, newest + 1]);
  });
});
