import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { digestEntry, extendHead, hashEntry, noEntry } from '../../ledger/chain';
import { hashOf, signEntry } from '../../ledger/entry';
import { digestBytes } from '../../posture/digest';
import { makeTrust } from '../helpers/trust';

const trust = makeTrust();
const digests = fc.array(fc.string().map(digestBytes), { maxLength: 10 });
const start = { seq: 4, head: digestBytes('head') };

test('a head is recomputed from the digests of the entries alone', () => {
  const genesis = { seq: 0, head: hashOf(trust.genesis) };
  const halt = { kind: 'halt', body: { haltedAt: 1, reason: 'test', by: 'guardian' } } as const;
  const first = signEntry(halt, genesis, 1, trust.signers.guardian);
  const second = signEntry(halt, { seq: 1, head: hashOf(first) }, 2, trust.signers.guardian);
  expect(extendHead(genesis, [first, second].map(digestEntry))).toEqual({ seq: 2, head: hashOf(second) });
  expect(extendHead(genesis, [])).toEqual(genesis);
});

test.prop([digests, digests])('extending twice is extending by both', (one, two) => {
  expect(extendHead(extendHead(start, one), two)).toEqual(extendHead(start, [...one, ...two]));
});

test.prop([digests, digests])('different entries lead to different heads', (one, two) => {
  fc.pre(one.join() !== two.join());
  expect(extendHead(start, one)).not.toEqual(extendHead(start, two));
});

test('a hash commits to number, entry before and content', () => {
  const entry = { seq: 1, prev: noEntry, digest: digestBytes('a') };
  const hashes = [
    entry,
    { ...entry, seq: 2 },
    { ...entry, prev: digestBytes('b') },
    { ...entry, digest: digestBytes('b') },
  ].map(hashEntry);
  expect(new Set(hashes).size).toBe(4);
});
