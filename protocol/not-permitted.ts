/**
 * The gateway's refusals that say that the stack may not trade now: there is no permit, or it is not yet for the instance
 * that was just started. Such an order reached no venue, and says nothing of its route.
 */
export const notPermittedCodes: readonly string[] = [
  'permit_required',
  'permit_expired',
  'permit_ended',
  'halted',
  'reduce_only',
  'order_posture',
  'order_gateway_start',
  'order_signature',
];
