import type { ChainHead } from '../ledger/chain';
import type { Moment, Order, Permit, Pins } from './messages';

/** What became of an order; `open` until the venue has said, also when nobody knows whether it was sent. */
export type Outcome = 'open' | 'executed' | 'dead';

/** What the gateway has on disk, written and synced. */
export interface GatewayDisk {
  /** The highest token ever accepted. */
  readonly token: number;
  readonly ledger: ChainHead;
  /** Ids of the halts that are latched; open when there are none. */
  readonly halts: readonly string[];
  readonly orders: readonly { readonly order: Order; readonly outcome: Outcome }[];
}

/** A permit with the moment its nonce was made, from which its lease runs. */
export interface Held {
  readonly permit: Permit;
  readonly from: Moment;
}

/** An order that waits for its line on disk before it is sent. */
export interface WaitingOrder {
  readonly order: Order;
  /** By when the venue must have executed it, in the venue's time, milliseconds. */
  readonly deadline: number;
  readonly permit: Permit;
  readonly request: string;
}

export interface GatewayState {
  readonly pins: Pins;
  /** Names this start of the process; made anew at each. */
  readonly start: string;
  readonly token: number;
  readonly ledger: ChainHead;
  readonly halts: readonly string[];
  /** What the disk is known to hold of `halts`; a list that differs is written again until it does not. */
  readonly haltsOnDisk: readonly string[];
  readonly haltWrite: { readonly write: number; readonly halts: readonly string[] } | null;
  /** Who waits for a halt to be on disk. */
  readonly haltRequests: readonly { readonly request: string; readonly id: string }[];
  readonly nonces: readonly { readonly nonce: string; readonly madeAt: Moment }[];
  readonly held: Held | null;
  /** A permit that passed its checks and waits for the disk. */
  readonly accepting: (Held & { readonly request: string; readonly write: number }) | null;
  readonly lookedAt: Moment;
  /** The venue's time in its last answer, and when that answer arrived. */
  readonly venue: { readonly venueMs: number; readonly arrivedAt: number } | null;
  readonly orders: ReadonlyMap<string, { readonly order: Order; readonly outcome: Outcome }>;
  readonly waiting: ReadonlyMap<number, WaitingOrder>;
  /** Monotonic times at which orders were admitted, newest last; of an earlier start they count as this start. */
  readonly admittedAt: readonly number[];
  readonly nextWrite: number;
}

/**
 * The state of a gateway that has just started.
 * @param start a name that no other start of a gateway has
 */
export function startGateway(pins: Pins, start: string, disk: GatewayDisk, now: Moment): GatewayState {
  return {
    pins,
    start,
    token: disk.token,
    ledger: disk.ledger,
    halts: disk.halts,
    haltsOnDisk: disk.halts,
    haltWrite: null,
    haltRequests: [],
    nonces: [],
    held: null,
    accepting: null,
    lookedAt: now,
    venue: null,
    orders: new Map(disk.orders.map((entry) => [entry.order.clientOrderId, entry])),
    waiting: new Map(),
    // Nobody knows how long ago they were sent: clocks do not last across a restart. So a gateway that crashes in a
    // loop is held to the same orders a minute.
    admittedAt: disk.orders.map(() => now.monoMs),
    nextWrite: 1,
  };
}
