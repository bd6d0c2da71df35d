import type { Digest } from '../../posture/digest';
import { digestPosture, type Posture } from '../../posture/posture';
import { inPaper, type JudgedTarget } from './target';

/**
 * The posture that must run while something is measured for a target: the standing live posture where there is one, else
 * the target's own in paper.
 */
export function runningPosture(judged: JudgedTarget): Posture {
  const { from } = judged.grounds;
  return from?.tradingMode === 'live' ? from : inPaper(judged);
}

export const runningDigest = (judged: JudgedTarget): Digest => digestPosture(runningPosture(judged));
