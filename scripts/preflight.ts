import { preflightChecks } from '../evidence/checks';
import { runChecks } from '../evidence/checks/check';
import { proofResult } from './shared/prove';
import { runningDigest, runningPosture } from './shared/running-posture';
import { readMeasureKey, type StoredProof, signProof } from './shared/sign-proof';
import { createSubject } from './shared/subject';
import { type JudgedTarget, judgeTarget, readLiveTarget } from './shared/target';
import type { Verb, VerbContext } from './shared/verb';

/** Checks everything that an operator checks before a change, and signs what came of it. */
export const preflight: Verb = {
  name: 'preflight',
  description: 'Check services, limits, model, orchestrator, lock, databases and what really runs; sign the result.',
  examples: [['cutover preflight', 'prove that the running stack is fit for what its config would be in live mode']],
  async run(context) {
    const { proof, results } = await provePreflight(context, await judgeTarget(context, readLiveTarget(context)));
    const lines = results.map(
      ({ name, passed, detail }) => `  ${passed ? 'ok  ' : 'FAIL'} ${name}${detail ? `: ${detail}` : ''}`,
    );
    return proofResult(context.stack, proof, { checks: results }, lines);
  },
};

/** Makes the preflight of a target. @throws EvidenceError when the measure key cannot be used */
export async function provePreflight(context: VerbContext, judged: JudgedTarget) {
  const signer = readMeasureKey(context);
  context.progress('preflight: checking the running stack');
  const results = await runChecks(
    preflightChecks,
    await createSubject(context, runningPosture(judged), judged.posture),
  );
  const passed = results.every((result) => result.passed);
  const proof: StoredProof = signProof(
    context,
    {
      kind: 'preflight',
      passed,
      measurements: { checks: results },
      measured: runningDigest(judged),
      target: judged,
      timeScale: 1,
      rawData: null,
    },
    signer,
    Date.now(),
  );
  return { proof, results };
}
