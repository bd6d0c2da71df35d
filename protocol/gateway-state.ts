import type { ChainHead } from '../ledger/chain';
import type { Moment, Order, Permit, Pins } from './messages';

/** What became of an order; `open` until the venue has said, also when nobody knows whether it was sent. */
export type Outcome = 'open' | 'executed' | 'dead';

export interface AdmittedOrder {
  readonly order: Order;
  /** By when the venue must have executed it, or never does; in the venue's time, milliseconds. */
  readonly deadline: number;
  readonly outcome: Outcome;
}

/** A permit with the moment its nonce was made, from which its lease runs. */
export type Held = { readonly permit: Permit; readonly from: Moment };

/** What a gateway knows. Only its machine changes it. */
export interface GatewayState {
  readonly pins: Pins;
  /** Names this start of the process; made anew at each. */
  readonly start: string;
  /** The highest token ever accepted. */
  token: number;
  /** The newest head of the ledger that a permit has named. */
  ledger: ChainHead;
  /** Ids of the halts that are latched; the latch is open when there are none. */
  halts: readonly string[];
  nonces: readonly { readonly nonce: string; readonly madeAt: Moment }[];
  held: Held | null;
  /** A permit that passed its checks and waits for the disk. */
  accepting: Held | null;
  lookedAt: Moment;
  /** The venue's time in its last answer, and when that answer arrived. */
  venue: { readonly venueMs: number; readonly arrivedAt: number } | null;
  readonly orders: Map<string, AdmittedOrder>;
  /** Monotonic times at which orders were admitted, newest last; of an earlier start they count as this start. */
  admittedAt: readonly number[];
}

/** What the gateway has on disk, written and synced. */
export type GatewayDisk = Pick<GatewayState, 'token' | 'ledger' | 'halts'> & {
  readonly orders: readonly AdmittedOrder[];
};

/**
 * The state of a gateway that has just started.
 * @param start a name that no other start of a gateway has
 */
export function startGateway(pins: Pins, start: string, disk: GatewayDisk, now: Moment): GatewayState {
  const { token, ledger, halts } = disk;
  const orders = new Map(disk.orders.map((entry) => [entry.order.clientOrderId, entry]));
  // Nobody knows how long ago they were sent: clocks do not last across a restart. So a gateway that crashes in a
  // loop is held to the same orders a minute.
  const admittedAt = disk.orders.map(() => now.monoMs);
  const nothing = { nonces: [], held: null, accepting: null, venue: null };
  return { ...nothing, pins, start, token, ledger, halts, lookedAt: now, orders, admittedAt };
}
