import { createPublicKey } from 'node:crypto';
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
import { generateSigner, type Signer } from '../../evidence/keys';
import { withCode } from '../helpers/with-code';

const a = generateSigner();
const b = generateSigner();
const keysOf = (...signers: Signer[]) =>
  new Map(signers.map(({ keyId, privateKey }) => [keyId, createPublicKey(privateKey)]));

const inToto = 'application/vnd.in-toto+json';
const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const [byA, byB] = signPayload({ payloadType: inToto, payload: statement }, [a, b]).map(({ sig }) =>
  Buffer.from(sig).toString('base64'),
) as [string, string];

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
