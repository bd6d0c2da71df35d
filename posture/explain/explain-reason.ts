import type { RejectedEvidence } from '../proof';
import type { Reason } from '../reason';
import type { ExplainedFile, ExplainedReason } from './explanation';
import { meaningOf } from './reason-codes';

/** A reason with what its code means. */
export function explainReason({ code, message, proof, file }: Reason): ExplainedReason {
  return { code, ...meaningOf(code), message, ...(proof ? { proof } : {}), ...(file ? { file } : {}) };
}

/** A file that cannot be verified, and why. */
export function explainRejected({ name, code, reason }: RejectedEvidence): ExplainedFile {
  return { file: name, code, ...meaningOf(code), message: reason };
}
