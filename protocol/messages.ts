import canonicalize from 'canonicalize';
import type { ChainHead } from '../ledger/chain';
import type { Digest } from '../posture/digest';

/** A look at a process's two clocks, milliseconds. `monoMs` never steps back, but stands still while suspended. */
export type Moment = { readonly wallMs: number; readonly monoMs: number };

/** What guardian and gateway are pinned to at `keys init`. */
export interface Pins {
  readonly account: { readonly venue: string; readonly id: string };
  readonly stack: string;
  readonly genesis: Digest;
}

/** A gateway asks for a permit. */
export interface Challenge {
  readonly gatewayStart: string;
  readonly nonce: string;
  readonly ledger: ChainHead;
  /** The highest token that is on the gateway's disk. */
  readonly token: number;
  /** Ids of the halts that are latched. */
  readonly halts: readonly string[];
}

/** The part of a posture's limits that the gateway enforces, with the symbols that may be traded. USD. */
export interface PermitLimits {
  readonly maxOrderUsd: number;
  readonly maxPositionUsd: number;
  readonly maxOrdersPerMinute: number;
  readonly symbols: readonly string[];
}

export interface Permit extends Pins {
  readonly posture: Digest;
  readonly gatewayStart: string;
  readonly nonce: string;
  readonly token: number;
  /** The trader's public key, and the start times of the replicas that it was fetched from. */
  readonly instance: { readonly key: string; readonly starts: readonly string[] };
  readonly limits: PermitLimits;
  readonly use: 'trade' | 'reduce';
  readonly leaseSeconds: number;
  readonly ledger: ChainHead;
  /** Digests of the ledger's entries after the head that the gateway named. */
  readonly extension: readonly Digest[];
}

/** By the guardian, over `bytesOf('permit', permit)`. */
export type SignedPermit = { readonly permit: Permit; readonly signature: string };

export interface Order {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly qtyUsd: number;
}

export interface OrderRequest extends Order {
  readonly posture: Digest;
  readonly gatewayStart: string;
  readonly sentAt: number;
}

/** By the trader instance, over `bytesOf('order', order)`. */
export type SignedOrder = { readonly order: OrderRequest; readonly signature: string };

/** An approver's word that halts are closed. */
export type Close = Pins & { readonly halts: readonly string[] };

/** By an approver, over `bytesOf('close', close)`. */
export type SignedClose = { readonly close: Close; readonly signature: string };

/** Checks signatures; where the keys come from is for the one who makes it. None throws. */
export interface Verifier {
  readonly guardian: (bytes: string, signature: string) => boolean;
  readonly approver: (bytes: string, signature: string) => boolean;
  readonly instance: (key: string, bytes: string, signature: string) => boolean;
}

/** What is signed: the canonical form, led by its kind, so that no signature counts for another kind of message. */
export function bytesOf(kind: 'permit' | 'order' | 'close', message: Permit | OrderRequest | Close): string {
  return `cutover-${kind}-v1\n${canonicalize(message)}`;
}
