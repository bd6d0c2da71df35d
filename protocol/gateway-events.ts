import type { Challenge, SignedClose, SignedOrder, SignedPermit } from './messages';

/** What can be said to a gateway. */
export type GatewayEvent =
  | { readonly kind: 'challengeAsked'; readonly request: string; readonly nonce: string }
  | { readonly kind: 'permitReceived'; readonly request: string; readonly signed: SignedPermit }
  | { readonly kind: 'orderReceived'; readonly request: string; readonly signed: SignedOrder }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'halted'; readonly request: string; readonly id: string }
  | { readonly kind: 'closed'; readonly signed: SignedClose };

export type GatewayAnswer =
  | { readonly kind: 'challenge'; readonly challenge: Challenge }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'halted' }
  /** Of every check that failed, the first code; `failures` names them all. */
  | { readonly kind: 'refused'; readonly code: string; readonly failures: readonly string[] };
