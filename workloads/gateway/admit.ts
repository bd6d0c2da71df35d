import type { Halt } from './halt-latch';

/** What the gateway knows of a permit to trade live. It has no way to hold one. */
export interface PermitState {
  readonly state: 'none';
}

export type Admission =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly status: number; readonly code: string; readonly message: string };

/**
 * May an order of this mode pass? Paper orders may: they touch the paper book only. Live orders may not, ever.
 * @param mode any value; only exactly `paper` is accepted
 */
export function admit(mode: unknown, halt: Halt | null, permit: PermitState): Admission {
  if (mode === 'paper') return { accepted: true };
  if (mode !== 'live') return refuse(400, 'invalid_order', 'mode: expected "paper" or "live"');
  if (halt) return refuse(423, 'halted', `live trading was halted at ${halt.haltedAt} by ${halt.by}: ${halt.reason}`);
  return refuse(423, 'permit_required', `a live order needs a permit; the gateway's permit state is "${permit.state}"`);
}

function refuse(status: number, code: string, message: string): Admission {
  return { accepted: false, status, code, message };
}
