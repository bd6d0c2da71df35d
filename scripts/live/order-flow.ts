import type { OrderCounts } from '../../report/live/answers';
import type { Flow } from '../../report/live/data';

/** As in the report's picture of what was around a halt: ten minutes in steps of 15 s. */
const stepMs = 15_000;
const steps = 40;

/** Counts what became of orders over the last ten minutes, from the gateway's counts over all time. */
export class OrderFlow {
  private readonly counted = new Map<number, { filled: number; refused: number }>();
  private last: { filled: number; refused: number } | null = null;

  /** @param now milliseconds since the epoch */
  add({ accepted: filled, refused: codes }: OrderCounts, now: number): void {
    const refused = Object.values(codes).reduce((sum, count) => sum + count, 0);
    const before = this.last;
    this.last = { filled, refused };
    // Less than before is another record, which begins here.
    if (!before || filled < before.filled || refused < before.refused) return;
    const step = Math.floor(now / stepMs);
    const sum = this.counted.get(step) ?? { filled: 0, refused: 0 };
    sum.filled += filled - before.filled;
    sum.refused += refused - before.refused;
    this.counted.set(step, sum);
    for (const old of this.counted.keys()) if (old <= step - steps) this.counted.delete(old);
  }

  view(now: number): Flow {
    const first = Math.floor(now / stepMs) - steps + 1;
    const slots = Array.from({ length: steps }, (_, index) => this.counted.get(first + index));
    return {
      from: first * stepMs,
      stepMs,
      filled: slots.map((slot) => slot?.filled ?? 0),
      refused: slots.map((slot) => slot?.refused ?? 0),
    };
  }
}
