import { type KeyObject, sign, verify } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { z } from 'zod';
import { messageOf } from '../errors';
import { checkForm } from './check-form';
import { EvidenceError } from './errors';
import type { Signer } from './keys';
import { parseStrictJson } from './strict-json';

/** The most bytes that an envelope may have. */
export const maxEnvelopeBytes = 256 * 1024;

/** The most signatures that are tried, so that the time is bounded. */
const maxSignatures = 8;

/** One signature; the key's id is a hint for people only, it is not signed. */
export interface Signature {
  readonly keyid?: string | undefined;
  readonly sig: Uint8Array;
}

/** What is signed: bytes, and what they are taken for. */
export interface Payload {
  readonly payloadType: string;
  readonly payload: Uint8Array;
}

/** An envelope whose form is right; its signatures were not looked at. */
export interface Envelope extends Payload {
  readonly signatures: readonly Signature[];
}

const envelopeForm = z.strictObject({
  payloadType: z.string().min(1),
  payload: z.string(),
  signatures: z.array(z.strictObject({ keyid: z.string().optional(), sig: z.string() })).max(maxSignatures),
});

/** Signs a payload with each key. */
export function signPayload(payload: Payload, signers: readonly Signer[]): Signature[] {
  return signers.map(({ keyId, privateKey }) => ({ keyid: keyId, sig: sign(null, bytesToSign(payload), privateKey) }));
}

/** An envelope's text: one JSON document with a newline at its end. */
export function formatEnvelope({ payloadType, payload, signatures }: Envelope): string {
  const document = {
    payloadType,
    payload: toBase64(payload),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: toBase64(sig) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Parses an envelope of one payload type.
 * @throws EvidenceError `too_large`, `malformed`, `wrong_payload_type`
 */
export function parseEnvelope(bytes: Uint8Array, payloadType: string, maxBytes = maxEnvelopeBytes): Envelope {
  if (bytes.length > maxBytes) {
    throw new EvidenceError('too_large', `expected at most ${maxBytes} bytes, got ${bytes.length}`);
  }
  const checked = checkForm(envelopeForm, parseJson(bytes, 'the envelope'));
  if ('wrong' in checked) throw new EvidenceError('malformed', `the envelope: ${checked.wrong}`);
  const { data } = checked;
  if (data.payloadType !== payloadType) {
    const found = JSON.stringify(data.payloadType.slice(0, 100));
    throw new EvidenceError('wrong_payload_type', `expected the payload type ${payloadType}, found ${found}`);
  }
  return {
    payloadType,
    payload: fromBase64(data.payload),
    signatures: data.signatures.map(({ keyid, sig }) => ({ keyid, sig: fromBase64(sig) })),
  };
}

/** Parses JSON strictly. @throws EvidenceError `malformed` */
export function parseJson(bytes: string | Uint8Array, what: string): unknown {
  try {
    return parseStrictJson(bytes);
  } catch (cause) {
    throw new EvidenceError('malformed', `${what} is not the JSON expected: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The ids of those of the keys that signed the payload. Each signature is tried with every key, that of its id first, and
 * each key counts once: so neither a spoofed id nor a second signature of the same key helps.
 */
export function signedBy(envelope: Envelope, keys: ReadonlyMap<string, KeyObject>): Set<string> {
  const bytes = bytesToSign(envelope);
  const found = new Set<string>();
  for (const { keyid, sig } of envelope.signatures) {
    if (sig.length !== 64) continue;
    const isBy = (id: string) => {
      const key = keys.get(id);
      return key !== undefined && !found.has(id) && verify(null, bytes, key, sig);
    };
    // The id decides nothing. It is where an honest envelope is done after one key.
    const signer = keyid !== undefined && isBy(keyid) ? keyid : [...keys.keys()].find((id) => id !== keyid && isBy(id));
    if (signer !== undefined) found.add(signer);
  }
  return found;
}

/** Base64 in the standard alphabet, padded. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/**
 * Reads base64 in either alphabet, as DSSE demands, and in no other writing: nothing is skipped, nothing left over.
 * @throws EvidenceError `malformed`
 */
export function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  const urlSafe = bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  if (urlSafe === text) return bytes;
  throw new EvidenceError('malformed', 'expected base64 with its padding');
}

function bytesToSign({ payloadType, payload }: Payload): Buffer {
  return dsse.preAuthEncoding(payloadType, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
}
