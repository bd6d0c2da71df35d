import { driftMs, orderMs, venueSilenceMs } from './constants';
import type { GatewayState, Held } from './gateway-state';
import type { Moment } from './messages';

/** The venue's time, milliseconds: never ahead of the venue's own clock. */
export function venueTime(venue: NonNullable<GatewayState['venue']>, now: Moment): number {
  return venue.venueMs + (now.monoMs - venue.arrivedAt);
}

/**
 * By when the venue must have executed an order that is sent now, in the venue's time; null when that time is not
 * known or nothing is left. The venue's time is counted from when its answer arrived, so it is never ahead of the venue;
 * a suspension makes the deadline earlier, never later.
 */
export function deadlineOf(venue: GatewayState['venue'], held: Held, now: Moment): number | null {
  if (!venue || now.monoMs - venue.arrivedAt > venueSilenceMs) return null;
  const leaseLeft = held.from.monoMs + held.permit.leaseSeconds * 1000 - now.monoMs;
  const left = Math.min(orderMs, leaseLeft) - driftMs;
  return left > 0 ? venueTime(venue, now) + left : null;
}
