import { exitCodes } from '../../errors';
import type { StoredProof } from './sign-proof';
import type { VerbResult } from './verb';

/** What a proving verb says: where the evidence lies, and each thing that failed. */
export function proofResult(stack: string, proof: StoredProof, facts: object, lines: readonly string[]): VerbResult {
  const { kind, passed, file, digest } = proof;
  return {
    exitCode: passed ? exitCodes.done : exitCodes.checkFailed,
    json: { stack, kind, passed, file, digest, ...facts },
    text: [`${kind} ${passed ? 'passed' : 'FAILED'} on stack ${stack}: ${file}`, ...lines].join('\n'),
  };
}
