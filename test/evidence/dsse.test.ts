import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { type Envelope, formatEnvelope, fromBase64, parseEnvelope, signPayload } from '../../evidence/dsse';
import { generateSigner } from '../../evidence/keys';

const inToto = 'application/vnd.in-toto+json';
const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const signer = generateSigner();

describe('an envelope', () => {
  const parse = (text: string) => parseEnvelope(Buffer.from(text), inToto);
  const good = formatEnvelope({
    payloadType: inToto,
    payload: statement,
    signatures: signPayload({ payloadType: inToto, payload: statement }, [signer]),
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
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
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
    expect(() => parse(formatEnvelope(withSignatures(9)))).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(parse(formatEnvelope(withSignatures(8))).signatures).toHaveLength(8);
  });

  test.prop([fc.uint8Array()])('base64 is read back in both alphabets', (bytes) => {
    const text = Buffer.from(bytes).toString('base64');
    expect(new Uint8Array(fromBase64(text))).toEqual(bytes);
    expect(new Uint8Array(fromBase64(text.replaceAll('+', '-').replaceAll('/', '_')))).toEqual(bytes);
  });

  test.each(['YQ', 'YQ=', 'YR==', 'YQ==\n', 'Y Q==', '+-==', 'é'])('base64 %j is refused', (text) => {
    expect(() => fromBase64(text)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
