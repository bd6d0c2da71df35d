import { readLoosely } from '../mutators/envelope';

/** A verifier under test: what reads documents that somebody else may have written. */
export interface Target {
  readonly name: string;
  /** Documents that it accepts. */
  readonly honest: readonly Buffer[];
  /** Whether it accepts. @throws CutoverError when it refuses; any other error is a violation */
  accepts(bytes: Buffer): boolean;
  /** Whether a document says nothing that an honest one does not say. Told by other means than the verifier's. */
  isHonest(bytes: Buffer): boolean;
}

/**
 * Whether an envelope has type, payload and at least one signature of the same honest one. White space, key ids, and
 * signatures beside it that do not count are not signed, and so change nothing.
 */
export function isOneOf(honest: readonly Buffer[]): (bytes: Buffer) => boolean {
  const known = honest.map((bytes) => factsOf(bytes)!);
  return (bytes) => {
    const facts = factsOf(bytes);
    if (!facts) return false;
    return known.some(
      ({ type, payload, signatures }) =>
        type === facts.type && payload === facts.payload && facts.signatures.some((one) => signatures.includes(one)),
    );
  };
}

function factsOf(bytes: Buffer): { type: unknown; payload: string; signatures: string[] } | undefined {
  const envelope = readLoosely(bytes);
  if (typeof envelope?.payload !== 'string') return undefined;
  const hexOf = (text: unknown) => Buffer.from(String(text), 'base64').toString('hex');
  return {
    type: envelope.payloadType,
    payload: hexOf(envelope.payload),
    signatures: (envelope.signatures ?? []).map((one) => hexOf(Object(one).sig)),
  };
}
