import { jumpMs, pauseMs } from './constants';
import type { Moment } from './messages';

/** One way in which a permit ends by itself; a nonce ends in the same ways, as if a permit were held for it. */
export interface Ending {
  readonly name: string;
  /** @param from when the nonce was made @param lookedAt the look at the clocks before this one, at `now` */
  readonly ended: (from: Moment, leaseSeconds: number, lookedAt: Moment, now: Moment) => boolean;
}

export const allEndings: readonly Ending[] = [
  // Its lease is over, on the monotonic clock, from the moment its nonce was made.
  { name: 'lease_over', ended: (from, seconds, _lookedAt, now) => now.monoMs >= from.monoMs + seconds * 1000 },
  // The process did not run for a while (a stop signal, a stalled machine): what it knows may be old.
  { name: 'paused', ended: (_from, _seconds, lookedAt, now) => now.monoMs - lookedAt.monoMs > pauseMs },
  // The wall clock was stepped, or the machine was suspended, since the nonce was made. Counted from the nonce and not
  // from the acceptance: a permit that waited in the network through a suspension is old, though no monotonic clock says so.
  {
    name: 'clock_jumped',
    ended: (from, _seconds, _lookedAt, now) => Math.abs(now.wallMs - from.wallMs - (now.monoMs - from.monoMs)) > jumpMs,
  },
];
