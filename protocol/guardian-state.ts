import type { ChainHead } from '../ledger/chain';
import type { Digest } from '../posture/digest';
import type { LedgerBody, LedgerRead } from './ledger-port';
import type { Challenge, Permit, PermitLimits, Pins, SignedClose, SignedPermit } from './messages';

/** What a guardian sees through the platform in one round. */
export interface Observation {
  /** When the round began, on the guardian's monotonic clock, milliseconds. */
  readonly startedAt: number;
  readonly mode: 'paper' | 'live';
  readonly posture: Digest;
  readonly limits: PermitLimits;
  /** Every trader instance that runs. */
  readonly instances: readonly Permit['instance'][];
  /** The start of the gateway that runs; null when none answers. */
  readonly gatewayStart: string | null;
  /** Names of the rules that trip; empty while all are clear. */
  readonly tripped: readonly string[];
  /** Wall time of the last renewal that is on the guardian's disk, milliseconds. */
  readonly renewedAt: number | null;
  readonly ledger: LedgerRead;
}

/** A halt on its way: the gateway first, then the abort sequence, then the record. */
export interface Halting {
  readonly id: string;
  readonly reason: string;
  readonly latched: boolean;
  readonly aborted: boolean;
  /** Who waits to hear that it will hold. */
  readonly requests: readonly string[];
}

export interface GuardianState {
  readonly pins: Pins;
  /** The gateway's newest challenge that no permit has answered, and when it arrived, monotonic. */
  readonly challenge: { readonly challenge: Challenge; readonly arrivedAt: number } | null;
  /** When a permit was issued last, monotonic. */
  readonly issuedAt: number | null;
  /** The posture that was issued for last in this process. */
  readonly issuedFor: Digest | null;
  readonly tokenUsed: number;
  readonly appending: { readonly write: number; readonly body: LedgerBody } | null;
  readonly deciding: Digest | null;
  readonly halting: Halting | null;
  readonly nextWrite: number;
}

export function startGuardian(pins: Pins): GuardianState {
  return {
    pins,
    challenge: null,
    issuedAt: null,
    issuedFor: null,
    tokenUsed: 0,
    appending: null,
    deciding: null,
    halting: null,
    nextWrite: 1,
  };
}

export type GuardianEvent =
  | { readonly kind: 'tick' }
  | { readonly kind: 'challengeReceived'; readonly challenge: Challenge }
  | { readonly kind: 'observed'; readonly observation: Observation }
  /** The answer to `decide`, with the head of the ledger that it was made on. */
  | {
      readonly kind: 'decided';
      readonly posture: Digest;
      readonly previous: Digest | null;
      readonly at: ChainHead;
      readonly decision:
        | { readonly allow: true; readonly evidence: readonly Digest[]; readonly isReturn?: true }
        | { readonly allow: false };
    }
  | { readonly kind: 'appended'; readonly write: number }
  | { readonly kind: 'appendFailed'; readonly write: number }
  /** An operator halts; `id` is made by whoever asks first and kept when asking again. */
  | { readonly kind: 'haltAsked'; readonly request: string; readonly id: string; readonly reason: string }
  /** The gateway has the halt on its disk. */
  | { readonly kind: 'gatewayHalted'; readonly id: string }
  /** The abort sequence has come to its verified end. */
  | { readonly kind: 'aborted'; readonly id: string };

export type GuardianEffect =
  | { readonly kind: 'askChallenge' }
  | { readonly kind: 'observe' }
  | { readonly kind: 'decide'; readonly posture: Digest; readonly previous: Digest | null; readonly at: ChainHead }
  | { readonly kind: 'append'; readonly write: number; readonly body: LedgerBody; readonly expected: ChainHead }
  | { readonly kind: 'sendPermit'; readonly signed: SignedPermit }
  /** Wall time, milliseconds; nothing waits for it. */
  | { readonly kind: 'persistRenewal'; readonly renewedAt: number }
  | { readonly kind: 'revoke' }
  | { readonly kind: 'haltGateway'; readonly id: string }
  | { readonly kind: 'closeGateway'; readonly signed: SignedClose }
  /** Starts the abort sequence, or goes on with it. */
  | { readonly kind: 'abort'; readonly id: string }
  | { readonly kind: 'reply'; readonly request: string; readonly answer: 'halted' }
  /** Why no permit is issued, for health and logs. */
  | { readonly kind: 'report'; readonly failures: readonly string[] };
