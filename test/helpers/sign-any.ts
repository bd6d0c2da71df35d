import canonicalize from 'canonicalize';
import { formatEnvelope, parseEnvelope, signPayload } from '../../evidence/dsse';
import type { Signer } from '../../evidence/keys';
import { payloadType } from '../../evidence/statement';

/** Signs anything at all, properly: a text as it is, everything else as canonical JSON. @returns the envelope's text */
export function signAny(content: unknown, signers: readonly Signer[], type = payloadType): string {
  const payload = Buffer.from(typeof content === 'string' ? content : (canonicalize(content) as string));
  const signatures = signPayload({ payloadType: type, payload }, signers);
  return formatEnvelope({ payloadType: type, payload, signatures });
}

/** What an evidence's envelope says, as JSON to change. */
// biome-ignore lint/suspicious/noExplicitAny: attacks change documents of every shape
export function statementOf(envelope: string): any {
  return JSON.parse(Buffer.from(parseEnvelope(Buffer.from(envelope), payloadType).payload).toString('utf8'));
}
