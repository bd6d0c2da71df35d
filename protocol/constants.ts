/** How long a permit counts from the moment its nonce was made, seconds. */
export const leaseSeconds = 15;

/** How often a guardian renews a permit, milliseconds. */
export const renewMs = 5_000;

/** The gateway's newest nonces that it still knows. */
export const nonceCount = 8;

/** Two looks at the monotonic clock further apart than this were a pause, milliseconds. */
export const pauseMs = 1_000;

/** Wall and monotonic clock may disagree by this much about the age of a permit, milliseconds. */
export const jumpMs = 1_000;

/**
 * The longest that a venue may take to execute an order, milliseconds. Less than the bound of 1 s after a halt, so that
 * the bound holds even when no cancel arrives.
 */
export const orderMs = 800;

/** The venue's time is not known when it last answered longer ago than this, milliseconds. */
export const venueSilenceMs = 10_000;

/** What two clocks may drift apart over a lease and a silence, at one part in a thousand, milliseconds. */
export const driftMs = 25;

/** A grant ends after this long without renewal, milliseconds. */
export const grantMs = 3_600_000;

/** How long an admitted order counts against the orders a minute, milliseconds. */
export const rateWindowMs = 60_000 + orderMs;
