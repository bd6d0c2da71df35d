import { createPrivateKey, createPublicKey } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  type Envelope,
  formatEnvelope,
  fromBase64,
  parseEnvelope,
  parseJson,
  signedBy,
  signPayload,
} from '../../evidence/dsse';
import { keyIdOf, type Signer } from '../../evidence/keys';
import { withCode } from '../helpers/with-code';

// The published test vectors of DSSE are signed with these two keys (RFC 8032, section 7.1, TEST 1 and TEST 2). Ed25519
// is deterministic, so that what we sign must be theirs to the byte.
const signerOf = (seed: string): Signer => {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'hex')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { keyId: keyIdOf(createPublicKey(privateKey)), privateKey };
};
const a = signerOf('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const b = signerOf('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
const keysOf = (...signers: Signer[]) =>
  new Map(signers.map(({ keyId, privateKey }) => [keyId, createPublicKey(privateKey)]));

const inToto = 'application/vnd.in-toto+json';
const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const byA = '2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==';
const byB = 'c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw==';

/** How many of the keys signed an envelope that is given as its JSON. */
const count = (document: object, type: string, keys: Map<string, ReturnType<typeof createPublicKey>>) =>
  signedBy(parseEnvelope(Buffer.from(JSON.stringify(document)), type), keys).size;

describe('the published vectors', () => {
  test.each([
    ['single-signature', inToto, statement, a, byA],
    ['threshold-two-distinct-keys', inToto, statement, b, byB],
    [
      'url-safe-base64',
      inToto,
      Buffer.from([0xfb, 0xff, 0xbf, 0x3e, 0x3f]),
      a,
      'P+/KHICeR7tI6S/YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU/svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw==',
    ],
    [
      'non-ascii-payload-type',
      'application/vnd.exämple+json',
      statement,
      a,
      'xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==',
    ],
    [
      'empty-payload',
      inToto,
      Buffer.alloc(0),
      a,
      'gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==',
    ],
  ])('%s: signed as published, and accepted', (_, payloadType, payload, signer, expected) => {
    const signatures = signPayload({ payloadType, payload }, [signer]);
    expect(Buffer.from(signatures[0]!.sig).toString('base64')).toBe(expected);
    const parsed = parseEnvelope(Buffer.from(formatEnvelope({ payloadType, payload, signatures })), payloadType);
    expect(signedBy(parsed, keysOf(signer))).toEqual(new Set([signer.keyId]));
  });

  test('url-safe-base64: the other alphabet is read too', () => {
    const envelope = {
      payload: '-_-_Pj8=',
      payloadType: inToto,
      signatures: [
        { sig: 'P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw==', keyid: 'A' },
      ],
    };
    expect(count(envelope, inToto, keysOf(a))).toBe(1);
  });

  test('payload-type-swapped: no signature counts', () => {
    const other = 'application/vnd.example.other+json';
    const envelope = { payload: statement.toString('base64'), payloadType: other, signatures: [{ sig: byA }] };
    expect(count(envelope, other, keysOf(a))).toBe(0);
    expect(() => count(envelope, inToto, keysOf(a))).toThrow(withCode('wrong_payload_type'));
  });

  test('empty-payload-type: refused', () => {
    const sig = 'iC3q/+3Rm0+lpAJRueDmDh15PnwCfxKmS0NAfKsbv+zgulXQC/WM9trc+j1XEqlwDIg/vf/uNfebeD6sxInrDg==';
    const envelope = { payload: statement.toString('base64'), payloadType: '', signatures: [{ sig }] };
    expect(() => count(envelope, '', keysOf(a))).toThrow(withCode('malformed'));
  });

  test.each([
    [
      'two-distinct-keys',
      [
        { sig: byA, keyid: 'A' },
        { sig: byB, keyid: 'B' },
      ],
      2,
    ],
    [
      'two-one-key-twice',
      [
        { sig: byA, keyid: 'A' },
        { sig: byA, keyid: 'A' },
      ],
      1,
    ],
    [
      'two-one-key-twice, the second id spoofed',
      [
        { sig: byA, keyid: 'A' },
        { sig: byA, keyid: b.keyId },
      ],
      1,
    ],
    ['two-without-keyids', [{ sig: byA }, { sig: byB }], 2],
    [
      'two with their ids exchanged',
      [
        { sig: byA, keyid: b.keyId },
        { sig: byB, keyid: a.keyId },
      ],
      2,
    ],
  ])('threshold-%s', (_, signatures, expected) => {
    const envelope = { payload: statement.toString('base64'), payloadType: inToto, signatures };
    expect(count(envelope, inToto, keysOf(a, b))).toBe(expected);
  });
});

describe('what is wrong with an envelope is said', () => {
  const parse = (document: object, most?: number) => parseEnvelope(Buffer.from(JSON.stringify(document)), inToto, most);
  const honest = { payload: '', payloadType: inToto, signatures: [] };

  test('its size', () => {
    const { length } = JSON.stringify(honest);
    expect(() => parse(honest, length)).not.toThrow();
    expect(() => parse(honest, length - 1)).toThrow(`expected at most ${length - 1} bytes, got ${length}`);
  });

  test('its form, by every place', () => {
    expect(() => parse({ ...honest, payload: 1, signatures: [{ sig: 1 }] })).toThrow(
      /^the envelope: [\s\S]*payload[\s\S]*signatures\[0\].sig/,
    );
    expect(() => parseEnvelope(Buffer.from('{'), inToto)).toThrow(/^the envelope is not the JSON expected: ./);
  });

  test('its payload type, of which no more is shown than is needed', () => {
    const type = `${'a'.repeat(99)}bc`;
    expect(() => parse({ ...honest, payloadType: type })).toThrow(
      `expected the payload type ${inToto}, found "${type.slice(0, 100)}"`,
    );
  });

  test('whatever broke underneath is its cause', () => {
    expect(() => parseJson('{', 'a')).toThrow(
      expect.objectContaining({ code: 'malformed', cause: expect.any(SyntaxError) }),
    );
  });
});

test('a signature of another length is none', () => {
  const envelope = { payloadType: inToto, payload: statement, signatures: [] };
  const sig = Buffer.from(byA, 'base64');
  const by = (bytes: Uint8Array) => signedBy({ ...envelope, signatures: [{ sig: bytes }] }, keysOf(a)).size;
  expect([by(sig), by(sig.subarray(0, 63)), by(Buffer.concat([sig, Buffer.of(0)])), by(Buffer.alloc(0))]).toEqual([
    1, 0, 0, 0,
  ]);
});

test('every signature is tried, whichever counts', () => {
  const other = Buffer.alloc(64);
  const sig = Buffer.from(byB, 'base64');
  for (const signatures of [
    [{ sig }, { sig: other }],
    [{ sig: other }, { sig }],
  ])
    expect(signedBy({ payloadType: inToto, payload: statement, signatures }, keysOf(a, b))).toEqual(new Set([b.keyId]));
});

test('an envelope names its keys, and ends with a newline', () => {
  const payload = { payloadType: inToto, payload: statement };
  const text = formatEnvelope({ ...payload, signatures: signPayload(payload, [a, b]) });
  expect(JSON.parse(text)).toEqual({
    payloadType: inToto,
    payload: statement.toString('base64'),
    signatures: [
      { keyid: a.keyId, sig: byA },
      { keyid: b.keyId, sig: byB },
    ],
  });
  expect(text.endsWith('}\n')).toBe(true);
});

describe('an envelope', () => {
  const parse = (text: string) => parseEnvelope(Buffer.from(text), inToto);
  const good = formatEnvelope({
    payloadType: inToto,
    payload: statement,
    signatures: signPayload({ payloadType: inToto, payload: statement }, [a]),
  });

  test.each([
    ['empty', '', 'malformed'],
    ['an empty bundle', '{}', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['no signatures at all', JSON.stringify({ payload: '', payloadType: inToto }), 'malformed'],
    ['unknown fields', good.replace('{', '{"extra":1,'), 'malformed'],
    ['a second payload', good.replace('{', '{"payload":"",'), 'malformed'],
    ['a prototype', good.replace('{', '{"__proto__":{},'), 'malformed'],
    ['base64 with a space', good.replace(/"payload": "/, '"payload": " '), 'malformed'],
    ['one byte too many', good.padEnd(256 * 1024 + 1), 'too_large'],
  ])('%s is refused by name', (_, text, code) => {
    expect(() => parse(text)).toThrow(withCode(code));
  });

  test('of exactly the most bytes is read', () => {
    expect(parse(good.padEnd(256 * 1024)).payload).toEqual(statement);
  });

  test('with 9 signatures is refused, with 8 it is read', () => {
    const withSignatures = (length: number): Envelope => ({
      payloadType: inToto,
      payload: statement,
      signatures: Array.from({ length }, () => ({ sig: new Uint8Array(64) })),
    });
    expect(() => parse(formatEnvelope(withSignatures(9)))).toThrow(withCode('malformed'));
    expect(parse(formatEnvelope(withSignatures(8))).signatures).toHaveLength(8);
  });

  test.prop([fc.uint8Array()])('base64 is read back in both alphabets', (bytes) => {
    const text = Buffer.from(bytes).toString('base64');
    expect(new Uint8Array(fromBase64(text))).toEqual(bytes);
    expect(new Uint8Array(fromBase64(text.replaceAll('+', '-').replaceAll('/', '_')))).toEqual(bytes);
  });

  test.each(['YQ', 'YQ=', 'YR==', 'YQ==\n', 'Y Q==', '+-==', 'é'])('base64 %j is refused', (text) => {
    expect(() => fromBase64(text)).toThrow(withCode('malformed'));
  });
});
