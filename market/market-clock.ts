import { createHash } from 'node:crypto';

/** One moment on both clocks, in milliseconds since the epoch. */
export interface Instant {
  readonly wall: number;
  readonly market: number;
}

/** How market time follows wall time. A plain value, so that it can be stored and continued after a restart. */
export interface MarketClock {
  /** Names the feed that the clock belongs to; another feed starts another clock. */
  readonly feed: string;
  /** When the feed was first started. */
  readonly origin: Instant;
  /** Where the present speed began: market time is `anchor.market + (now - anchor.wall) * speed`. */
  readonly anchor: Instant;
  /** Market seconds per wall second. */
  readonly speed: number;
  /** The newest moment that was told to anyone. Market time never goes below it. */
  readonly seen: Instant;
}

/** A clock that starts now at market time `startsAt` (milliseconds). */
export function startClock(feed: string, startsAt: number, speed: number, now: number): MarketClock {
  const origin = { wall: now, market: startsAt };
  return { feed, origin, anchor: origin, speed, seen: origin };
}

/** The clock at wall time `now`: `seen.market` is the market time. A wall clock that was set back does not set it back. */
export function tickClock(clock: MarketClock, now: number): MarketClock {
  const anchor = now < clock.seen.wall ? { wall: now, market: clock.seen.market } : clock.anchor;
  const market = Math.max(clock.seen.market, anchor.market + (now - anchor.wall) * clock.speed);
  return { ...clock, anchor, seen: { wall: now, market } };
}

/**
 * Continues a stored clock. Another speed counts from the present market time on; another feed starts anew.
 * @param saved the stored clock, if there is one
 */
export function resumeClock(
  saved: MarketClock | undefined,
  feed: string,
  startsAt: number,
  speed: number,
  now: number,
): MarketClock {
  if (saved === undefined || saved.feed !== feed) return startClock(feed, startsAt, speed, now);
  const clock = tickClock(saved, now);
  return clock.speed === speed ? clock : { ...clock, speed, anchor: clock.seen };
}

/**
 * A short name of this run of the feed. It changes whenever the feed or its parameters do, also when an earlier feed
 * comes back, so that an idempotency key made of it and a candle's time is never used for two different candles. It
 * stays when only the speed changes: the candles go on, and the window being traded is still the same one.
 */
export function feedIdOf(clock: MarketClock): string {
  const run = JSON.stringify([clock.feed, clock.origin.wall, clock.origin.market]);
  return createHash('sha256').update(run).digest('hex').slice(0, 16);
}
