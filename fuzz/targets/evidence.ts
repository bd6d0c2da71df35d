import { CutoverError, exitCodes } from '../../errors';
import { type Claim, signEvidence } from '../../evidence/sign';
import { isEvidence, verifyEvidence } from '../../evidence/verify';
import { type EvidenceKind, signerOf } from '../../posture/proof';
import { signers, trustRoot } from '../../simulate/keys';
import { claimOf, kinds } from '../../test/helpers/claims';
import { isOneOf, type Target } from './target';

/** Evidence of each kind. @param verify production's, or one with a planted fault */
export function evidenceTarget(verify = verifyEvidence): Target {
  const honest = kinds.map((kind) => {
    const { envelope } = signEvidence(claimOf(kind) as Claim<EvidenceKind>, [signers[signerOf[kind]]]);
    return Buffer.from(envelope);
  });
  return {
    name: 'evidence',
    honest,
    accepts(bytes) {
      const result = verify(bytes, 'fuzz', trustRoot);
      if (isEvidence(result)) return true;
      // It says so where an error came up that nobody had thought of.
      if (result.code === 'unverifiable') throw new Error(result.reason);
      throw new CutoverError(result.code, result.reason, { exitCode: exitCodes.refused });
    },
    isHonest: isOneOf(honest),
  };
}
