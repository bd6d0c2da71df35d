import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { describe, expect, test } from 'vitest';
import { parseEnvelope, signedBy, signPayload } from '../../evidence/dsse';
import { keyIdOf, type Signer } from '../../evidence/keys';

/**
 * The nine test vectors of DSSE (secure-systems-lab/dsse, testvectors), made again from their keys and payloads: six that
 * a verifier accepts, three that it rejects. The keys are RFC 8032's (section 7.1, TEST 1 and TEST 2), and Ed25519 is
 * deterministic, so that what we sign must be the published signature to the byte.
 *
 * They are held where the encoding and the signatures are. Further up only our own payload types are read, and a
 * statement besides, which an empty or binary payload is not.
 */
const signerOf = (seed: string): Signer => {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'hex')]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { keyId: keyIdOf(createPublicKey(privateKey)), privateKey };
};
const keys = {
  A: signerOf('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'),
  B: signerOf('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'),
};
type KeyName = keyof typeof keys;

const inToto = 'application/vnd.in-toto+json';
const example = 'application/vnd.example.other+json';
const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const byA = '2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==';
const byB = 'c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw==';

interface Vector {
  readonly id: string;
  readonly expect: 'accept' | 'reject';
  /** What is signed; the envelope claims `claims`, where that is another type. */
  readonly payloadType: string;
  readonly claims?: string;
  readonly payload: Buffer;
  readonly signers: readonly KeyName[];
  /** The published signatures. */
  readonly signatures: readonly string[];
  readonly trusted: readonly KeyName[];
  readonly threshold: number;
  readonly withoutKeyIds?: boolean;
  readonly urlSafe?: boolean;
  /** Our code for what the protocol leaves to a verifier; otherwise too few keys are found to have signed. */
  readonly code?: string;
}

const one = { payloadType: inToto, payload: statement, trusted: ['A'], threshold: 1, signers: ['A'] } as const;
const two = { ...one, trusted: ['A', 'B'], threshold: 2 } as const;

const vectors: readonly Vector[] = [
  // One signature by a trusted key over the encoding of the payload.
  { ...one, id: 'single-signature', expect: 'accept', signatures: [byA] },
  // Payload and signature in URL-safe base64: either alphabet must be read.
  {
    ...one,
    id: 'url-safe-base64',
    expect: 'accept',
    payload: Buffer.from([0xfb, 0xff, 0xbf, 0x3e, 0x3f]),
    signatures: ['P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw=='],
    urlSafe: true,
  },
  // Signed as one type, claimed to be another that the verifier knows as well.
  { ...one, id: 'payload-type-swapped', expect: 'reject', claims: example, signatures: [byA] },
  // The length of the type counts its bytes in UTF-8, 29 here, not its 28 characters.
  {
    ...one,
    id: 'non-ascii-payload-type',
    expect: 'accept',
    payloadType: 'application/vnd.exämple+json',
    signatures: ['xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw=='],
  },
  // An empty payload is signed with a trailing space.
  {
    ...one,
    id: 'empty-payload',
    expect: 'accept',
    payload: Buffer.alloc(0),
    signatures: ['gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg=='],
  },
  // A valid signature over an empty type, which no verifier supports.
  {
    ...one,
    id: 'empty-payload-type',
    expect: 'reject',
    payloadType: '',
    signatures: ['iC3q/+3Rm0+lpAJRueDmDh15PnwCfxKmS0NAfKsbv+zgulXQC/WM9trc+j1XEqlwDIg/vf/uNfebeD6sxInrDg=='],
    code: 'malformed',
  },
  // Two keys meet a threshold of two.
  {
    ...two,
    id: 'threshold-two-distinct-keys',
    expect: 'accept',
    signers: ['A', 'B'],
    signatures: [byA, byB],
  },
  // One key that signs twice does not.
  { ...two, id: 'threshold-two-one-key-twice', expect: 'reject', signers: ['A', 'A'], signatures: [byA, byA] },
  // The key's id is optional: two signers that leave it out meet the threshold as well.
  {
    ...two,
    id: 'threshold-two-without-keyids',
    expect: 'accept',
    signers: ['A', 'B'],
    signatures: [byA, byB],
    withoutKeyIds: true,
  },
];

/** The vector's envelope, made from its keys and payload. */
function envelopeOf({ payloadType, claims, payload, signers, withoutKeyIds, urlSafe }: Vector) {
  const encode = (bytes: Uint8Array) => {
    const text = Buffer.from(bytes).toString('base64');
    return urlSafe ? text.replaceAll('+', '-').replaceAll('/', '_') : text;
  };
  return {
    payload: encode(payload),
    payloadType: claims ?? payloadType,
    signatures: signers.map((name) => {
      const [made] = signPayload({ payloadType, payload }, [keys[name]]);
      return { sig: encode(made!.sig), ...(withoutKeyIds ? {} : { keyid: name }) };
    }),
  };
}

const trustedKeys = ({ trusted }: Vector) =>
  new Map<string, KeyObject>(trusted.map((name) => [name, createPublicKey(keys[name].privateKey)]));

/** As a verifier that supports exactly the type that the envelope claims. */
function verify(vector: Vector): boolean {
  const bytes = Buffer.from(JSON.stringify(envelopeOf(vector)));
  const envelope = parseEnvelope(bytes, vector.claims ?? vector.payloadType);
  return signedBy(envelope, trustedKeys(vector)).size >= vector.threshold;
}

describe('the test vectors of DSSE', () => {
  test('are six acceptances and three rejections', () => {
    const ids = (expected: Vector['expect']) =>
      vectors.filter((vector) => vector.expect === expected).map(({ id }) => id);
    expect(new Set(vectors.map(({ id }) => id)).size).toBe(9);
    expect([ids('accept').length, ids('reject').length]).toEqual([6, 3]);
  });

  test.each(vectors)('$id: what we sign is what was published', (vector) => {
    expect(envelopeOf(vector).signatures.map(({ sig }) => sig)).toEqual(vector.signatures);
  });

  test.each(vectors)('$id: $expect', (vector) => {
    if (vector.code) expect(() => verify(vector)).toThrow(expect.objectContaining({ code: vector.code }));
    else expect(verify(vector)).toBe(vector.expect === 'accept');
  });

  test.each(vectors)('$id: refused with one bit of payload or signature changed', (vector) => {
    if (vector.expect === 'reject') return;
    const envelope = envelopeOf(vector);
    const parsed = parseEnvelope(Buffer.from(JSON.stringify(envelope)), vector.payloadType);
    const found = (changed: Partial<typeof parsed>) => signedBy({ ...parsed, ...changed }, trustedKeys(vector)).size;
    const flipped = parsed.signatures.map(({ sig }) => ({
      sig: Buffer.from(sig).map((byte, at) => byte ^ (at === 3 ? 1 : 0)),
    }));
    expect(found({})).toBe(vector.threshold);
    expect(found({ signatures: flipped })).toBe(0);
    expect(found({ payload: Buffer.concat([parsed.payload, Buffer.of(0)]) })).toBe(0);
    expect(found({ payloadType: `${vector.payloadType} ` })).toBe(0);
  });

  test('the encoding counts bytes, and keeps the space before an empty payload', () => {
    const encoded = (type: string, payload: Buffer) => dsse.preAuthEncoding(type, payload).toString('utf8');
    expect(encoded(inToto, statement)).toBe(`DSSEv1 28 ${inToto} 43 ${statement}`);
    expect(encoded('application/vnd.exämple+json', statement)).toBe(
      `DSSEv1 29 application/vnd.exämple+json 43 ${statement}`,
    );
    expect(encoded(inToto, Buffer.alloc(0))).toBe(`DSSEv1 28 ${inToto} 0 `);
    expect(encoded('', statement)).toBe(`DSSEv1 0  43 ${statement}`);
  });
});

describe('beyond the vectors', () => {
  const document = { payload: statement.toString('base64'), payloadType: inToto };
  const count = (signatures: object[]) =>
    signedBy(
      parseEnvelope(Buffer.from(JSON.stringify({ ...document, signatures })), inToto),
      trustedKeys({ ...vectors[0]!, trusted: ['A', 'B'] }),
    ).size;

  test('a spoofed id does not make one key two, and exchanged ids do not make two keys one', () => {
    expect(
      count([
        { sig: byA, keyid: 'A' },
        { sig: byA, keyid: 'B' },
      ]),
    ).toBe(1);
    expect(
      count([
        { sig: byA, keyid: 'B' },
        { sig: byB, keyid: 'A' },
      ]),
    ).toBe(2);
  });

  test('a type that was not asked for is refused before any signature is looked at', () => {
    const swapped = { ...document, payloadType: example, signatures: [{ sig: byA }] };
    expect(() => parseEnvelope(Buffer.from(JSON.stringify(swapped)), inToto)).toThrow(
      expect.objectContaining({ code: 'wrong_payload_type' }),
    );
  });
});
