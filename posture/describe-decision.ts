import type { Decision } from './decision';
import type { EvidenceKind } from './proof';
import type { Reason } from './reason';
import type { Change } from './transition';

/** Where a refusal sends its reader. */
const where = 'see docs/faq.md#why-was-live-refused';

/** The proofs that a decision misses, in the order in which they are made. */
export function missingProofs({ needs, reasons }: Pick<Decision, 'needs' | 'reasons'>): EvidenceKind[] {
  return needs.filter((kind) => reasons.some(({ proof }) => proof === kind));
}

/**
 * Every reason against a transition as one text: the proofs that are missing on the first line, then a line for each reason
 * that says more than that.
 */
export function describeRefusal(
  decision: Pick<Decision, 'needs' | 'reasons'> & Partial<Pick<Decision, 'againstReturn'>>,
): string {
  const missing = missingProofs(decision);
  const first = missing.length > 0 ? `no proof of ${missing.join(', ')}` : 'not on these grounds';
  const others = decision.reasons.filter(({ code, proof }) => code !== 'missing' || !proof);
  const lines = [...others.map(describeReason), ...describeNoReturn(decision)];
  return [`${first}: ${where}`, ...lines.map((line) => `  - ${line}`)].join('\n');
}

/** Why going back to the posture before is no return but a rise; nothing where that is not asked for. */
export function describeNoReturn({ againstReturn = [], reasons = [] }: Partial<Decision>): string[] {
  const others = againstReturn.filter((reason) => !reasons.some(({ code }) => code === reason.code));
  return others.map((reason) => `it is no return either: ${describeReason(reason)}`);
}

/** One reason as a sentence with its code. */
export function describeReason({ code, message, file }: Reason): string {
  return `${message}${file ? ` (${file})` : ''} [${code}]`;
}

/** One change of risk, such as `risk.maxOrderUsd: 100 -> 200`. Where nothing was granted, the mode before is paper. */
export function describeChange({ dimension, what, from, to }: Change): string {
  return `${what}: ${show(from === null && dimension === 'mode' ? 'paper' : from)} -> ${show(to)}`;
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
