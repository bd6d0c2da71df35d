/**
 * Why going live is refused, in the words that every policy of this pack uses.
 * Proofs cannot be made yet, so that each of them is missing for every live posture.
 */
export const missingProofs = 'no proof of preflight, canary, drill, approval: see docs/faq.md#why-was-live-refused';

/** A value as a message shows it. Never throws: a policy that fails to say its reason would not refuse. */
export function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
