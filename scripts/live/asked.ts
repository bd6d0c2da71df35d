import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors';
import type { Source } from '../../report/live/data';

/**
 * One thing that is asked again and again, one question after the other. Whether its answer is fresh goes by a clock that
 * nobody sets, so that a wall clock that is put back makes nothing old look new.
 */
export class Asked<T> {
  private value: T | null = null;
  private answeredAt: number | null = null;
  private heardAt = Number.NEGATIVE_INFINITY;
  private problem: string | null = null;

  /**
   * @param ask throws where it has no answer
   * @param everyMs between an answer and the next question, milliseconds
   * @param freshMs for how long an answer counts as how things are, milliseconds
   */
  constructor(
    private readonly ask: () => Promise<T>,
    private readonly everyMs: number,
    private readonly freshMs: number,
  ) {}

  /** Asks until the signal says so. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // How things were when the question was put, however long the answer took.
      const [wall, mono] = [Date.now(), performance.now()];
      try {
        this.value = await this.ask();
        this.answeredAt = wall;
        this.heardAt = mono;
        this.problem = null;
      } catch (error) {
        this.problem = messageOf(error);
      }
      await delay(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  source(): Source<T> {
    const { value, answeredAt, problem } = this;
    return { value, answeredAt, problem, isFresh: performance.now() - this.heardAt <= this.freshMs };
  }
}
