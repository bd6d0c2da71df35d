import { describeReason } from '../describe-decision';
import type { CountedEvidence, ExplainedFile, ExplainedGate, Explanation } from './explanation';
import { headline } from './explanation-text';

/**
 * An explanation as a JSON document (docs/contract.md): the same facts as the text, times in RFC 3339 UTC, durations in
 * seconds. Fields are only ever added.
 */
export function renderJson(explanation: Explanation) {
  const { from, to, judgedAt, holdsUntil, gates, notNeeded, ledger, reasons, warnings, ...same } = explanation;
  return {
    ...same,
    headline: headline(explanation),
    from,
    to,
    judgedAt: time(judgedAt),
    holdsUntil: holdsUntil === null ? null : time(holdsUntil),
    reasons: reasons.map((one) => ({ ...one, text: describeReason(one) })),
    warnings: warnings.map((one) => ({ ...one, text: describeReason(one) })),
    gates: gates.map(gateJson),
    notNeeded: notNeeded.map(fileJson),
    ledger:
      ledger.readable && ledger.standing
        ? { ...ledger, standing: { ...ledger.standing, grantedAt: time(ledger.standing.grantedAt) } }
        : ledger,
  };
}

const time = (at: number): string => new Date(at).toISOString();

function gateJson({ counted, reason, others, ...gate }: ExplainedGate) {
  return {
    ...gate,
    counted: counted ? countedJson(counted) : null,
    reason: reason ? { ...reason, text: describeReason(reason) } : null,
    others: others.map(fileJson),
  };
}

function countedJson({ measuredAt, expiresAt, ageMs, leftMs, ...evidence }: CountedEvidence) {
  return {
    ...evidence,
    measuredAt: time(measuredAt),
    expiresAt: time(expiresAt),
    ageSeconds: ageMs / 1000,
    secondsLeft: leftMs / 1000,
  };
}

function fileJson({ verified, ...file }: ExplainedFile) {
  return { ...file, verified: verified ? { ...verified, measuredAt: time(verified.measuredAt) } : null };
}
