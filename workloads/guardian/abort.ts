import type { Logger } from 'pino';
import type { Operations } from '../../platforms/platform';
import { findTrading, stopTraders } from '../stop-trading';

/** The abort sequence of one stack, never two at a time. */
export class AbortSequence {
  private running = false;

  constructor(
    private readonly stack: string,
    private readonly operations: Operations,
    private readonly log: Logger,
  ) {}

  /**
   * Stops the traders and looks whether it is quiet. What is asked for while it runs is asked for again.
   * @param id the halt that it is for
   * @returns whether it has come to its verified end
   */
  async run(id: string): Promise<boolean> {
    if (this.running) return false;
    this.running = true;
    const { stack, operations, log } = this;
    try {
      const problems = [...(await stopTraders(stack, operations)), ...(await findTrading(operations))];
      if (problems.length > 0) log.error({ halt: id, problems }, 'the abort sequence has not ended; it is tried again');
      return problems.length === 0;
    } catch (error) {
      log.error({ err: error, halt: id }, 'the abort sequence failed; it is tried again');
      return false;
    } finally {
      this.running = false;
    }
  }
}
