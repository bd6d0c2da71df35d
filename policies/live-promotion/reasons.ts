/** Why a posture is refused that cannot be judged: that it is proved is not known. */
export const missingProofs =
  'no proof of preflight, snapshot, canary, drill, approval: see docs/faq.md#why-was-live-refused';

/** A value as a message shows it. Never throws: a policy that fails to say its reason would not refuse. */
export function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
