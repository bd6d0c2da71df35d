import { describeChange, describeNoReturn, describeReason } from '../../posture/describe-decision';
import { worstFirst } from '../../posture/explain/reason-codes';
import type { Evidence } from '../../posture/proof';
import type { JudgedTarget } from './target';

/** The change of risk as lines of text: every rise and every fall. */
export function describeTransition({ decision: { rises, falls } }: JudgedTarget): string[] {
  if (rises.length === 0 && falls.length === 0) return ['No change of risk.'];
  return [
    ...(rises.length > 0 ? ['Rises:', ...rises.map((rise) => `  + ${describeChange(rise)}`)] : []),
    ...(falls.length > 0 ? ['Falls:', ...falls.map((fall) => `  - ${describeChange(fall)}`)] : []),
  ];
}

/** What is against the change, the worst first. */
export function describeReasons({ decision }: JudgedTarget): string[] {
  const lines = [...worstFirst(decision.reasons).map(describeReason), ...describeNoReturn(decision)];
  return lines.map((line) => `  ! ${line}`);
}

/** Each proof that counts, with its age. @param now milliseconds since the epoch */
export function describeProofs({ decision: { accepted }, grounds }: JudgedTarget): string[] {
  return accepted.map((one) => `  ${one.kind.padEnd(9)} ${describeAge(one, grounds.now)}  ${one.name}`);
}

/** A proof's age, such as `3 min old`, with its clock where that was not real time. */
export function describeAge({ measuredAt, timeScale, feed }: Evidence, now: number): string {
  const seconds = Math.max(0, Math.round((now - measuredAt) / 1000));
  const age = seconds < 120 ? `${seconds} s old` : `${Math.round(seconds / 60)} min old`;
  return `${age}, ${feed} feed${timeScale === 1 ? '' : `, clock x ${timeScale}`}`;
}
