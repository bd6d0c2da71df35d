/** Counts of one stretch of time. */
export interface Slot<Key extends string> {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly counts: Readonly<Partial<Record<Key, number>>>;
}

/**
 * Counts events by time in a bounded number of slots, however many there are and whenever they were: where a time does
 * not fit any more, slots of twice the length take the place of two.
 */
export class TimeCounter<Key extends string> {
  private slots = new Map<number, Map<Key, number>>();
  private widthMs: number;
  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;

  /** @param most how many slots there may be between the first and the last time */
  constructor(
    private readonly most = 240,
    widthMs = 1_000,
  ) {
    this.widthMs = widthMs;
  }

  /** @param at milliseconds since the epoch */
  add(at: number, key: Key, count = 1): void {
    this.put(Math.floor(at / this.widthMs), key, count);
    while (this.last - this.first >= this.most) this.widen();
  }

  /** All slots from the first to the last, also those in which nothing was. */
  list(): Slot<Key>[] {
    if (this.slots.size === 0) return [];
    const { first, last } = this;
    return Array.from({ length: last - first + 1 }, (_, index) => ({
      from: (first + index) * this.widthMs,
      to: (first + index + 1) * this.widthMs,
      counts: Object.fromEntries(this.slots.get(first + index) ?? []) as Partial<Record<Key, number>>,
    }));
  }

  private put(slot: number, key: Key, count: number): void {
    const counts = this.slots.get(slot) ?? new Map<Key, number>();
    counts.set(key, (counts.get(key) ?? 0) + count);
    this.slots.set(slot, counts);
    this.first = Math.min(this.first, slot);
    this.last = Math.max(this.last, slot);
  }

  private widen(): void {
    const before = this.slots;
    this.slots = new Map();
    [this.first, this.last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    this.widthMs *= 2;
    for (const [slot, counts] of before) {
      for (const [key, count] of counts) this.put(Math.floor(slot / 2), key, count);
    }
  }
}
