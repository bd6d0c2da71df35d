import { describe, expect, test } from 'vitest';
import {
  type Draft,
  type Entry,
  type EntryKind,
  entryType,
  formatEntry,
  genesisEntry,
  hashOf,
  parseEntry,
  payloadOf,
  signaturesOf,
  signEntry,
} from '../../ledger/entry';
import { type Digest, digestBytes, digestOf } from '../../posture/digest';
import { entriesOf, grantOf, haltAt, headAfter, incidentOf } from '../helpers/ledger';
import { changedAt, malformedFrom, type Place } from '../helpers/places';
import { makeTrust, startTime } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const trust = makeTrust();
const digest = digestBytes('a');
const end: Draft = { kind: 'end', body: { grant: digest, reason: 'another posture' } };
const halt = haltAt(1);
const [genesis, ...others] = entriesOf(trust, [
  grantOf(digest),
  end,
  { ...halt, body: { ...halt.body, id: 'halt-1' } },
  { ...incidentOf(digest), body: { ...incidentOf(digest).body, release: 'a' } },
]);
const entries = Object.fromEntries([genesis!, ...others].map((entry) => [entry.kind, entry])) as Record<
  EntryKind,
  Entry
>;
const kinds = Object.keys(entries) as EntryKind[];

const parse = (entry: unknown) => parseEntry(formatEntry(entry as Entry).slice(0, -1), 'line 1');
const refused = (entry: unknown, what?: string) => expect(() => parse(entry), what).toThrow(withCode('malformed'));

/** What need not be there. */
const optional = ['without body.id', 'without body.release'];

describe.each(kinds)('a %s', (kind) => {
  test('is read as it was written, from text and from bytes', () => {
    const line = formatEntry(entries[kind]);
    expect(line.endsWith('}\n')).toBe(true);
    expect(parseEntry(line.slice(0, -1), 'line 1')).toEqual(entries[kind]);
    expect(parseEntry(Buffer.from(line.slice(0, -1)), 'line 1')).toEqual(entries[kind]);
  });

  test('lacks nothing, has nothing more, and is of its own types, at any depth', () => {
    for (const { where, document } of malformedFrom(entries[kind])) {
      // A posture may have more fields than are known here; another one has another digest.
      if (!optional.includes(where)) refused(document, where);
    }
  });

  test('without what it need not have is one', () => {
    for (const name of ['id', 'release'])
      if (name in entries[kind].body) expect(() => parse(changedAt(entries[kind], ['body', name]))).not.toThrow();
  });
});

const many = <T>(length: number, value: T) => Array.from({ length }, () => value);
const at = { at: 1, text: 'a' };
const item = { text: 'a', owner: 'ops' };
const digests = (count: number) => Array.from({ length: count }, (_, of) => digestBytes(`${of}`));
const signature = { keyid: 'a', sig: 'a' };

test.each<[EntryKind, Place, unknown[], unknown[]]>([
  ['genesis', ['seq'], [0, 1], [-1, 0.5]],
  ['halt', ['time'], [0, 1], [-1, 0.5]],
  ['halt', ['prev'], [digest], ['', 'sha1:00']],
  ['halt', ['kind'], ['halt'], ['other', 'grant', 'incident']],
  ['genesis', ['body', 'format'], ['cutover-ledger/v1'], ['', 'cutover-ledger/v2']],
  ['genesis', ['body', 'drill'], [true, false], ['true']],
  ['grant', ['body', 'evidence'], [[], digests(50)], [digests(51), ['a']]],
  ['grant', ['body', 'digest'], [], [digestBytes('another')]],
  ['end', ['body', 'reason'], ['', 'a'.repeat(2000)], ['a'.repeat(2001)]],
  ['halt', ['body', 'id'], ['a', 'a'.repeat(200)], ['', 'a'.repeat(201)]],
  ['halt', ['body', 'haltedAt'], [0, 1], [-1, 0.5]],
  ['halt', ['body', 'by'], ['a', 'a'.repeat(200)], ['', 'a'.repeat(201)]],
  ['incident', ['body', 'closes'], [digests(1), digests(2), digests(100)], [[], digests(101)]],
  ['incident', ['body', 'timeline'], [[], many(2, at), many(500, at)], [many(501, at)]],
  ['incident', ['body', 'timeline', 0, 'at'], [0, 1], [-1, 0.5]],
  ['incident', ['body', 'actionItems'], [[], many(2, item), many(100, item)], [many(101, item)]],
  ['incident', ['body', 'release'], ['', 'a', 'a'.repeat(200)], ['a'.repeat(10_000)]],
  ['halt', ['signatures'], [[], many(2, signature), many(16, signature)], [many(17, signature)]],
  ['halt', ['signatures', 0, 'keyid'], ['a'], ['', 'a'.repeat(201)]],
  ['halt', ['signatures', 0, 'sig'], ['', 'a', 'a'.repeat(200)], ['a'.repeat(201)]],
])('of a %s, %j has bounds', (kind, place, within, beyond) => {
  for (const value of within) expect(() => parse(changedAt(entries[kind], place, value))).not.toThrow();
  for (const value of beyond) refused(changedAt(entries[kind], place, value), String(value).slice(0, 50));
});

test.each<[Place, unknown]>([
  [['stack'], ''],
  [['stack'], undefined],
  [['tradingMode'], 'other'],
  [['tradingMode'], ''],
  [['account'], undefined],
  [['account'], { venue: 'a' }],
])('a posture that is none is not granted: %j', (place, value) => {
  const { body } = grantOf();
  const posture = changedAt(body.posture, place, ...(value === undefined ? [] : [value])) as typeof body.posture;
  const [, grant] = entriesOf(trust, [{ kind: 'grant', body: { ...body, posture } }]);
  expect(() => parse(grant)).toThrow(
    expect.objectContaining({ details: expect.arrayContaining([expect.stringContaining('expected a posture')]) }),
  );
});

test('a posture with more fields, as a newer version may grant it, is read by its own digest alone', () => {
  const { body } = grantOf();
  for (const tradingMode of ['paper', 'live'] as const) {
    const posture = { ...body.posture, tradingMode, more: 1 };
    const grant = (digest: Digest) => entriesOf(trust, [{ kind: 'grant', body: { ...body, posture, digest } }])[1];
    expect(parse(grant(digestOf(posture)))).toMatchObject({ body: { posture } });
    expect(() => parse(grant(body.digest))).toThrow(
      expect.objectContaining({
        details: [expect.stringContaining("not the posture's"), expect.stringContaining('body.digest')],
      }),
    );
  }
});

describe('a line that is no entry', () => {
  const line = formatEntry(entries.halt).slice(0, -1);
  const problem = (text: string | Uint8Array) => {
    try {
      parseEntry(text, 'line 7');
    } catch (error) {
      expect(error).toEqual(withCode('malformed'));
      return error as Error & { details: string[] };
    }
    throw new Error('it was accepted');
  };

  test('is told by its number and by what is wrong with it', () => {
    expect(problem('{')).toMatchObject({ message: "the ledger's line 7 is not JSON", cause: expect.any(SyntaxError) });
    const none = problem('{"kind":"halt"}');
    expect(none.message).toBe("the ledger's line 7 is not an entry");
    expect(none.details.length).toBeGreaterThan(3);
    expect(none.details.join()).toMatch(/body/);
  });

  test('in another writing is told, as text and as bytes', () => {
    for (const other of [` ${line}`, `${line} `, line.replace('{', '{ '), line.replace('"kind"', '"\\u006bind"')]) {
      for (const text of [other, Buffer.from(other)])
        expect(problem(text).message).toBe("the ledger's line 7 is not in its canonical form");
    }
  });
});

describe('an entry', () => {
  test('is signed over everything but its signatures, as what it is', () => {
    const { signatures: _, ...rest } = entries.halt;
    const { payloadType, payload } = payloadOf(entries.halt);
    expect(payloadType).toBe('application/vnd.cutover.ledger-entry+json');
    expect(entryType).toBe(payloadType);
    expect(JSON.parse(payload.toString())).toEqual(rest);
  });

  test('follows the one it was signed for, and names its keys', () => {
    const keys = makeTrust({ keys: { guardian: 2 } }).signers.guardian;
    const entry = signEntry(haltAt(5), headAfter(entries.grant), 77, keys);
    expect(entry).toMatchObject({ seq: entries.grant.seq + 1, prev: hashOf(entries.grant), time: 77, kind: 'halt' });
    expect(entry.signatures.map(({ keyid }) => keyid)).toEqual(keys.map(({ keyId }) => keyId));
    expect(signaturesOf(entry).map(({ keyid, sig }) => [keyid, sig.length])).toEqual(
      keys.map(({ keyId }) => [keyId, 64]),
    );
    const broken = { ...entry, signatures: [{ keyid: 'a', sig: '?' }] };
    expect(() => signaturesOf(broken)).toThrow(withCode('malformed'));
  });

  test('that is the first says whose ledger it is', () => {
    expect(genesisEntry(trust.root, { drill: true, now: startTime })).toMatchObject({
      seq: 0,
      prev: `sha256:${'0'.repeat(64)}`,
      time: startTime,
      kind: 'genesis',
      body: { format: 'cutover-ledger/v1', stack: 'main', account: trust.root.account, drill: true },
      signatures: [],
    });
  });
});
