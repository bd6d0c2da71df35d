import { describeReason } from '../describe-decision';
import { toTime } from './describe-time';
import type { CountedEvidence, ExplainedFile, ExplainedGate, ExplainedReason, Explanation } from './explanation';
import { headline } from './explanation-text';

/**
 * An explanation as a JSON document (docs/contract.md): the same facts as the text, times in RFC 3339 UTC, durations in
 * seconds. Fields are only ever added.
 */
export function renderJson(explanation: Explanation) {
  const { from, to, judgedAt, holdsUntil, gates, notNeeded, ledger, reasons, againstReturn, warnings, ...same } =
    explanation;
  return {
    ...same,
    headline: headline(explanation),
    from,
    to,
    judgedAt: toTime(judgedAt),
    holdsUntil: holdsUntil === null ? null : toTime(holdsUntil),
    reasons: reasons.map(reasonJson),
    return: explanation.return && {
      grantedAt: toTime(explanation.return.grantedAt),
      until: toTime(explanation.return.until),
    },
    againstReturn: againstReturn.map(reasonJson),
    warnings: warnings.map(reasonJson),
    gates: gates.map(gateJson),
    notNeeded: notNeeded.map(fileJson),
    ledger:
      ledger.readable && ledger.standing
        ? { ...ledger, standing: { ...ledger.standing, grantedAt: toTime(ledger.standing.grantedAt) } }
        : ledger,
  };
}

/** A reason with its sentence: what packs and guardian say. */
export const reasonJson = (reason: ExplainedReason) => ({ ...reason, text: describeReason(reason) });

function gateJson({ counted, reasons, others, ...gate }: ExplainedGate) {
  return {
    ...gate,
    counted: counted ? countedJson(counted) : null,
    reasons: reasons.map(reasonJson),
    others: others.map(fileJson),
  };
}

function countedJson({ measuredAt, expiresAt, ageMs, leftMs, ...evidence }: CountedEvidence) {
  return {
    ...evidence,
    measuredAt: toTime(measuredAt),
    expiresAt: toTime(expiresAt),
    ageSeconds: ageMs / 1000,
    secondsLeft: leftMs / 1000,
  };
}

function fileJson({ verified, ...file }: ExplainedFile) {
  return { ...file, verified: verified ? { ...verified, measuredAt: toTime(verified.measuredAt) } : null };
}
