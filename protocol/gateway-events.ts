import type { ChainHead } from '../ledger/chain';
import type { Outcome } from './gateway-state';
import type { Challenge, Order, SignedClose, SignedOrder, SignedPermit } from './messages';

/** What can happen to a gateway. `request` names whom to answer. */
export type GatewayEvent =
  | { readonly kind: 'tick' }
  /** `nonce` is fresh, from the shell's random numbers. */
  | { readonly kind: 'challengeAsked'; readonly request: string; readonly nonce: string }
  | { readonly kind: 'permitReceived'; readonly request: string; readonly signed: SignedPermit }
  | { readonly kind: 'orderReceived'; readonly request: string; readonly signed: SignedOrder }
  /** An answer of the venue, about an order or only about its time. `askedAt` is when it was asked, monotonic. */
  | {
      readonly kind: 'venueAnswered';
      readonly venueMs: number;
      readonly askedAt: number;
      readonly order?: { readonly clientOrderId: string; readonly outcome: Outcome };
    }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'halted'; readonly request: string; readonly id: string }
  | { readonly kind: 'closed'; readonly signed: SignedClose }
  /** The disk has written and synced what `write` names, or could not. */
  | { readonly kind: 'written'; readonly write: number }
  | { readonly kind: 'writeFailed'; readonly write: number };

export type GatewayAnswer =
  | { readonly kind: 'challenge'; readonly challenge: Challenge }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'halted' }
  /** Of every check that failed, the first code; `failures` names them all. */
  | { readonly kind: 'refused'; readonly code: string; readonly failures: readonly string[] };

/** What the shell must do, in order. */
export type GatewayEffect =
  | { readonly kind: 'persistPermit'; readonly write: number; readonly token: number; readonly ledger: ChainHead }
  | { readonly kind: 'persistOrder'; readonly write: number; readonly order: Order }
  | { readonly kind: 'persistHalts'; readonly write: number; readonly halts: readonly string[] }
  /** Nothing waits for it: an outcome that is lost counts as open. */
  | { readonly kind: 'persistOutcome'; readonly clientOrderId: string; readonly outcome: Outcome }
  | { readonly kind: 'reply'; readonly request: string; readonly answer: GatewayAnswer }
  /** `deadline` is in the venue's time, milliseconds; `token` is that of the permit held. */
  | { readonly kind: 'sendToVenue'; readonly order: Order; readonly deadline: number; readonly token: number }
  | { readonly kind: 'cancelAll' };
