import type { Decision } from './decision';
import { worstFirst } from './explain/reason-codes';
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
 * Every reason against a transition as one text, the worst first. Proof that was never made is the least of them: one line
 * names every kind that does not count.
 */
export function describeRefusal(
  decision: Pick<Decision, 'needs' | 'reasons'> & Partial<Pick<Decision, 'againstReturn'>>,
): string {
  const worse = decision.reasons.filter(({ code, proof }) => code !== 'missing' || !proof);
  const missing = missingProofs(decision);
  const lines = worstFirst(worse).map(describeReason);
  if (missing.length > 0) lines.push(`no proof of ${missing.join(', ')}`);
  const [first = 'not on these grounds', ...rest] = [...lines, ...describeNoReturn(decision)];
  return [`${first}: ${where}`, ...rest.map((line) => `  - ${line}`)].join('\n');
}

/** Why going back to the posture before is no return but a rise; nothing where that is not asked for. */
export function describeNoReturn(decision: Partial<Pick<Decision, 'againstReturn' | 'reasons'>>): string[] {
  return onlyAgainstReturn(decision).map((reason) => `it is no return either: ${describeReason(reason)}`);
}

/** What stands against a return and not against any rise, the worst first. */
export function onlyAgainstReturn({
  againstReturn = [],
  reasons = [],
}: Partial<Pick<Decision, 'againstReturn' | 'reasons'>>): Reason[] {
  return worstFirst(againstReturn.filter((reason) => !reasons.some(({ code }) => code === reason.code)));
}

/** One reason as a sentence with its code, on one line. */
export function describeReason({ code, message, file }: Pick<Reason, 'code' | 'message' | 'file'>): string {
  return showable(`${message}${file ? ` (${file})` : ''} [${code}]`);
}

/** A text on one line. Whoever names a file or writes an evidence must not be able to paint the terminal of its reader. */
export const showable = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '?');

/** One change of risk, such as `risk.maxOrderUsd: 100 -> 200`. Where nothing was granted, the mode before is paper. */
export function describeChange({ dimension, what, from, to }: Omit<Change, 'workload'>): string {
  return `${what}: ${show(from === null && dimension === 'mode' ? 'paper' : from)} -> ${show(to)}`;
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
