/** An envelope as anybody may read it: nothing of it is checked. */
export interface LooseEnvelope {
  payloadType?: unknown;
  payload?: unknown;
  signatures?: { sig?: unknown; keyid?: unknown }[];
}

/** What a document says as an envelope, or undefined where it is none. */
export function readLoosely(bytes: Uint8Array): LooseEnvelope | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const { signatures } = Object(value);
    return signatures === undefined || Array.isArray(signatures) ? Object(value) : undefined;
  } catch {
    return undefined;
  }
}

export const writeEnvelope = (envelope: LooseEnvelope): Buffer => Buffer.from(JSON.stringify(envelope));
