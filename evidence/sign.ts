import { createPublicKey } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { type Digest, digestBytes } from '../posture/digest';
import type { EvidenceKind } from '../posture/proof';
import { formatEnvelope, maxEnvelopeBytes, parseEnvelope, signedBy, signPayload } from './dsse';
import { EvidenceError } from './errors';
import type { Signer } from './keys';
import { canPass } from './measurements';
import { type Predicate, payloadType, predicateForm, predicateTypeOf, statementType, subjectNames } from './statement';

/** What is to be signed. */
export interface Claim<K extends EvidenceKind> {
  readonly kind: K;
  /** Digest of the posture that was measured; for an approval, of the posture it starts from. */
  readonly measured: Digest;
  /** Digest of the posture that it is for. */
  readonly target: Digest;
  readonly predicate: Predicate<K>;
}

/** A signed evidence, ready to be stored. */
export interface SignedEvidence {
  readonly kind: EvidenceKind;
  /** RFC 3339, UTC. */
  readonly measuredAt: string;
  /** Digest of the signed payload. */
  readonly digest: Digest;
  /** The envelope's text. */
  readonly envelope: string;
}

/**
 * Signs an evidence, passed or failed.
 * @throws EvidenceError `malformed` that names everything wrong, `inconsistent` when it says that it passed although
 * its measurements did not, `too_large`
 */
export function signEvidence<K extends EvidenceKind>(claim: Claim<K>, signers: readonly Signer[]): SignedEvidence {
  const parsed = predicateForm(claim.kind).safeParse(claim.predicate);
  if (!parsed.success) {
    throw new EvidenceError('malformed', `the ${claim.kind} cannot be signed`, {
      details: z.prettifyError(parsed.error).split('\n'),
    });
  }
  if (claim.predicate.passed && !canPass(claim.kind, parsed.data.measurements as never)) {
    throw new EvidenceError('inconsistent', `the ${claim.kind} says that it passed, but its measurements did not`);
  }
  const payload = Buffer.from(
    canonicalize({
      _type: statementType,
      subject: (['measured', 'target'] as const).map((which) => ({
        name: subjectNames[which],
        digest: { sha256: claim[which].slice('sha256:'.length) },
      })),
      predicateType: predicateTypeOf(claim.kind),
      predicate: claim.predicate,
    }) as string,
  );
  const signatures = signPayload({ payloadType, payload }, signers);
  const envelope = formatEnvelope({ payloadType, payload, signatures });
  if (envelope.length > maxEnvelopeBytes) {
    throw new EvidenceError('too_large', `the ${claim.kind} has ${envelope.length} bytes, at most ${maxEnvelopeBytes}`);
  }
  return { kind: claim.kind, measuredAt: claim.predicate.measuredAt, digest: digestBytes(payload), envelope };
}

/**
 * Adds a key's signature to an evidence that others have signed: nothing of what it says changes.
 * @returns the envelope's text, with how many signatures it has
 * @throws EvidenceError as `parseEnvelope`; `threshold` when this key has signed it already, `too_large`
 */
export function coSignEvidence(bytes: Uint8Array, signer: Signer): { envelope: string; signatures: number } {
  const before = parseEnvelope(bytes, payloadType);
  const own = new Map([[signer.keyId, createPublicKey(signer.privateKey)]]);
  if (signedBy(before, own).size > 0) {
    throw new EvidenceError('threshold', 'this key has signed it already, and each counts once');
  }
  const signatures = [...before.signatures, ...signPayload(before, [signer])];
  const envelope = formatEnvelope({ ...before, signatures });
  parseEnvelope(Buffer.from(envelope), payloadType);
  return { envelope, signatures: signatures.length };
}
