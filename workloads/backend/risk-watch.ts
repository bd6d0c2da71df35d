import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { ServiceError } from '../service';
import type { Book } from './gateway-answers';
import type { GatewayClient } from './gateway-client';
import { isOverDrawdown, type RiskLimits } from './risk';
import type { TradeStore } from './trade-store';

/**
 * Watches the drawdown of the gateway's book. When it is over the limit the brake comes on, and stays on - over
 * restarts, and when the equity recovers - until an operator resets it.
 */
export class RiskWatch {
  private lastBook: Book | undefined;
  private locked: boolean;
  private onDisk = true;

  constructor(
    private readonly gateway: Pick<GatewayClient, 'book'>,
    private readonly store: Pick<TradeStore, 'isLocked' | 'setLocked' | 'addAudit'>,
    readonly limits: RiskLimits,
    private readonly log: Logger,
  ) {
    this.locked = store.isLocked();
  }

  isLocked(): boolean {
    return this.locked;
  }

  /** What was last seen of the book; undefined before the gateway has answered once. */
  last(): Book | undefined {
    return this.lastBook;
  }

  /** Asks for the book and puts the brake on if it has to be. @throws Unanswered */
  async observe(now: number): Promise<Book> {
    const book = await this.gateway.book();
    this.lastBook = book;
    const detail = { drawdown: book.drawdown, maxDrawdown: this.limits.maxDrawdown };
    if (!this.locked && isOverDrawdown(book.drawdown, this.limits)) {
      // In memory first: the brake holds even if the disk fails, and every look tries the disk again.
      this.locked = true;
      this.onDisk = false;
      this.log.warn(detail, 'the drawdown brake came on');
    }
    if (!this.onDisk) {
      this.store.setLocked(true);
      this.onDisk = true;
      this.store.addAudit('risk_brake', 'locked', detail, now);
    }
    return book;
  }

  /**
   * Takes the brake off.
   * @throws ServiceError 409 `cause_persists` while the drawdown is over the limit, 503 `gateway_unavailable` while it
   * is not known
   */
  async reset(now: number): Promise<void> {
    const book = await this.observe(now).catch((error: unknown) => {
      if (error instanceof ServiceError) throw error;
      throw new ServiceError(503, 'gateway_unavailable', `the drawdown is not known: ${messageOf(error)}`);
    });
    if (isOverDrawdown(book.drawdown, this.limits)) {
      const { drawdown } = book;
      const { maxDrawdown } = this.limits;
      const message = `the drawdown, ${drawdown}, is still over the limit, ${maxDrawdown}`;
      throw new ServiceError(409, 'cause_persists', message, { drawdown, maxDrawdown });
    }
    this.store.setLocked(false);
    this.locked = false;
  }
}
