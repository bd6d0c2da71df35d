import { extendHead } from '../ledger/chain';
import type { Check } from './check';
import { leaseSeconds } from './constants';
import type { GatewayState } from './gateway-state';
import { bytesOf, type Moment, type SignedPermit, type Verifier } from './messages';

export interface PermitContext {
  readonly state: GatewayState;
  readonly signed: SignedPermit;
  readonly verifier: Verifier;
}

/** 1. The signature is by the guardian role of the pinned trust root. */
export const permitSignature: Check<PermitContext> = {
  name: 'permit_signature',
  holds: ({ signed, verifier }) => verifier.guardian(bytesOf('permit', signed.permit), signed.signature),
};

/** 1. The account is the pinned one. */
export const permitAccount: Check<PermitContext> = {
  name: 'permit_account',
  holds: ({ state: { pins }, signed: { permit } }) =>
    permit.account.venue === pins.account.venue && permit.account.id === pins.account.id,
};

/** 1. The stack is the pinned one. */
export const permitStack: Check<PermitContext> = {
  name: 'permit_stack',
  holds: ({ state: { pins }, signed: { permit } }) => permit.stack === pins.stack,
};

/** 1. The ledger is the pinned one. */
export const permitGenesis: Check<PermitContext> = {
  name: 'permit_genesis',
  holds: ({ state: { pins }, signed: { permit } }) => permit.genesis === pins.genesis,
};

/** 2. It is for this start of the gateway. */
export const permitGatewayStart: Check<PermitContext> = {
  name: 'permit_gateway_start',
  holds: ({ state, signed: { permit } }) => permit.gatewayStart === state.start,
};

/** 2. Its nonce is one of this gateway's newest, not used before: a used nonce is forgotten. */
export const permitNonce: Check<PermitContext> = {
  name: 'permit_nonce',
  holds: ({ state, signed: { permit } }) => state.nonces.some(({ nonce }) => nonce === permit.nonce),
};

/** 3. Its token is above the high-water mark. */
export const permitToken: Check<PermitContext> = {
  name: 'permit_token',
  holds: ({ state, signed: { permit } }) => Number.isSafeInteger(permit.token) && permit.token > state.token,
};

/** 4. Its ledger continues the one that this gateway has seen. */
export const permitLedger: Check<PermitContext> = {
  name: 'permit_ledger',
  holds: ({ state, signed: { permit } }) => {
    const { seq, head } = extendHead(state.ledger, permit.extension);
    return permit.ledger.seq === seq && permit.ledger.head === head;
  },
};

/** 5. No halt is latched. */
export const permitLatch: Check<PermitContext> = {
  name: 'halted',
  holds: ({ state }) => state.halts.length === 0,
};

/** 6. No other permit waits for the disk: its ledger and token would be judged against a mark that is about to move. */
export const permitAlone: Check<PermitContext> = {
  name: 'permit_busy',
  holds: ({ state }) => state.accepting === null,
};

/** Its lease is no longer than this gateway allows, whoever signed it. */
export const permitLease: Check<PermitContext> = {
  name: 'permit_lease',
  holds: ({ signed: { permit } }) => permit.leaseSeconds > 0 && permit.leaseSeconds <= leaseSeconds,
};

export const allPermitChecks: readonly Check<PermitContext>[] = [
  permitSignature,
  permitAccount,
  permitStack,
  permitGenesis,
  permitGatewayStart,
  permitNonce,
  permitToken,
  permitLedger,
  permitLatch,
  permitAlone,
  permitLease,
];

/** When the lease of a permit begins: when its nonce was made, so that a delayed permit is as old as its nonce. */
export function leaseFrom(state: GatewayState, nonce: string, now: Moment): Moment {
  // The nonce is known: `permitNonce` has passed.
  return state.nonces.find((known) => known.nonce === nonce)?.madeAt ?? now;
}
