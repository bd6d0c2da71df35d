/**
 * Runs tasks one after the other, in the order in which they came. Orders go through one lane: each is judged with the
 * outcome of all earlier ones known, and two requests with the same idempotency key cannot overlap.
 */
export class Lane {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs a task when all earlier ones have ended, and gives its result. A task that throws does not stop the lane. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last.then(task);
    this.last = result.catch(() => {});
    return result;
  }

  /** Resolves when every task that is in the lane now has ended. */
  async idle(): Promise<void> {
    await this.last;
  }
}
