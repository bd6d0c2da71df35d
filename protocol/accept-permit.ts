import { extendHead } from '../ledger/chain';
import type { Check } from './check';
import { leaseSeconds } from './constants';
import type { GatewayState } from './gateway-state';
import { bytesOf, type Moment, type Permit, type Verifier } from './messages';

export interface PermitContext {
  readonly state: GatewayState;
  readonly permit: Permit;
  readonly signature: string;
  readonly verifier: Verifier;
}

/** What a permit must be to be held; numbered as in docs/protocol.md. */
export const allPermitChecks: readonly Check<PermitContext>[] = [
  // 1. Signed by the guardian role of the pinned trust root, for the pinned account, stack and ledger.
  {
    name: 'permit_signature',
    holds: ({ permit, signature, verifier }) => verifier.guardian(bytesOf('permit', permit), signature),
  },
  {
    name: 'permit_account',
    holds: ({ state: { pins }, permit: { account } }) =>
      account.venue === pins.account.venue && account.id === pins.account.id,
  },
  { name: 'permit_stack', holds: ({ state, permit }) => permit.stack === state.pins.stack },
  { name: 'permit_genesis', holds: ({ state, permit }) => permit.genesis === state.pins.genesis },
  // 2. For this start of the gateway, answering one of its newest nonces; a used one is forgotten.
  { name: 'permit_gateway_start', holds: ({ state, permit }) => permit.gatewayStart === state.start },
  { name: 'permit_nonce', holds: ({ state, permit }) => state.nonces.some(({ nonce }) => nonce === permit.nonce) },
  // 3. Above the high-water mark.
  { name: 'permit_token', holds: ({ state, permit: { token } }) => Number.isSafeInteger(token) && token > state.token },
  // 4. Its ledger continues the one that this gateway has seen.
  {
    name: 'permit_ledger',
    holds: ({ state, permit: { ledger, extension } }) => {
      const { seq, head } = extendHead(state.ledger, extension);
      return ledger.seq === seq && ledger.head === head;
    },
  },
  // 5. No halt is latched.
  { name: 'halted', holds: ({ state }) => state.halts.length === 0 },
  // 6. No other permit waits for the disk: this one would be judged against a mark that is about to move.
  { name: 'permit_busy', holds: ({ state }) => state.accepting === null },
  // Its lease is no longer than this gateway allows, whoever signed it.
  { name: 'permit_lease', holds: ({ permit }) => permit.leaseSeconds > 0 && permit.leaseSeconds <= leaseSeconds },
];

/** When the lease of a permit begins: when its nonce was made, so that a delayed permit is as old as its nonce. */
export function leaseFrom(state: GatewayState, nonce: string, now: Moment): Moment {
  // The nonce is known: `permit_nonce` has passed.
  return state.nonces.find((known) => known.nonce === nonce)?.madeAt ?? now;
}
