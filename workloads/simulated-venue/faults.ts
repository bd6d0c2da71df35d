/** The faults that the venue shows on request. */
export interface FaultRequest {
  /** How long an order waits before it is executed, milliseconds; until it is set again. */
  readonly latencyMs?: number | undefined;
  /** How many of the next orders are rejected. */
  readonly rejectNext?: number | undefined;
  /** For how long the venue answers nobody. */
  readonly outageSeconds?: number | undefined;
}

/** What the venue's test controls have asked for. Times are the venue's, milliseconds. */
export class Faults {
  latencyMs = 0;
  private rejections = 0;
  private outageUntil = Number.NEGATIVE_INFINITY;

  set({ latencyMs, rejectNext, outageSeconds }: FaultRequest, now: number): void {
    if (latencyMs !== undefined) this.latencyMs = latencyMs;
    if (rejectNext !== undefined) this.rejections = rejectNext;
    if (outageSeconds !== undefined) this.outageUntil = now + outageSeconds * 1000;
  }

  isOut(now: number): boolean {
    return now < this.outageUntil;
  }

  /** Whether the order that has just come is to be rejected; counts it. */
  takeRejection(): boolean {
    if (this.rejections === 0) return false;
    this.rejections -= 1;
    return true;
  }

  view(now: number) {
    const outageSeconds = Math.max(0, (this.outageUntil - now) / 1000);
    return {
      latencyMs: this.latencyMs,
      rejectNext: this.rejections,
      outageSeconds: Number.isFinite(outageSeconds) ? outageSeconds : 0,
    };
  }
}
