import type { Moment } from '../protocol/messages';
import type { Random } from './random';
import type { Schedule } from './schedule';

/**
 * One process on a computer of its own, with its two clocks. It can crash, be stopped for a while, or be suspended with
 * its monotonic clock; what arrives meanwhile waits.
 */
export class Computer {
  alive = true;
  /** Counts the starts: what belongs to an earlier one is dropped. */
  epoch = 0;
  /** True times between which it did not run, though alive. */
  readonly gaps: { readonly from: number; readonly to: number }[] = [];
  /** When it runs again, true time. */
  stoppedUntil = 0;
  private frozenMs = 0;
  private frozenFrom = Number.POSITIVE_INFINITY;
  private stepMs: number;
  private readonly bootedMs: number;
  private readonly rate: number;

  constructor(
    private readonly schedule: Schedule,
    random: Random,
  ) {
    this.stepMs = random.between(-3_600_000, 3_600_000);
    this.bootedMs = random.between(0, 1e7);
    this.rate = 1 + random.between(-2e-4, 2e-4);
  }

  now(): Moment {
    const { now } = this.schedule;
    return {
      wallMs: 1.7e12 + now + this.stepMs,
      monoMs: this.bootedMs + (Math.min(now, this.frozenFrom) - this.frozenMs) * this.rate,
    };
  }

  /** Runs something here, now or when the process runs again; not at all when it has crashed meanwhile. */
  run(epoch: number, work: () => void): void {
    if (!this.alive || epoch !== this.epoch) return;
    if (this.schedule.now < this.stoppedUntil) this.schedule.at(this.stoppedUntil, () => this.run(epoch, work));
    else work();
  }

  /** Stops it for a while; what is stopped already stays as it is. @returns whether it was stopped now */
  stop(ms: number): boolean {
    if (this.schedule.now < this.stoppedUntil) return false;
    this.gaps.push({ from: this.schedule.now, to: this.schedule.now + ms });
    this.stoppedUntil = this.schedule.now + ms;
    return true;
  }

  /** Like `stop`, and the monotonic clock stands still meanwhile. */
  suspend(ms: number): void {
    if (!this.stop(ms)) return;
    this.frozenFrom = this.schedule.now;
    this.schedule.at(this.stoppedUntil, () => {
      this.frozenFrom = Number.POSITIVE_INFINITY;
      this.frozenMs += ms;
    });
  }

  stepWall(ms: number): void {
    this.stepMs += ms;
  }

  crash(): void {
    this.alive = false;
  }

  start(): void {
    this.alive = true;
    this.epoch++;
  }
}
