import { setTimeout as delay } from 'node:timers/promises';

/** Clients that trade, each its next order when the last was answered. */
const clients = 4;

/** What is posted to a backend. */
export interface Trade {
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly qtyUsd: number;
  readonly confidence: number;
}

/** Clients that trade as fast as they are answered: buys and sells in turn, so that no position grows. */
export class ClientLoad {
  private trading = false;
  private idle: Promise<unknown> = Promise.resolve();

  /**
   * @param post sends a trade to the backend; what it throws is no trade
   * @param idleMs pause after what was no trade, milliseconds
   */
  constructor(
    private readonly post: (trade: Trade) => Promise<{ executed?: boolean } | undefined>,
    private readonly idleMs = 5,
  ) {}

  start(): void {
    if (this.trading) return;
    this.trading = true;
    this.idle = Promise.all(Array.from({ length: clients }, (_, client) => this.trade(client)));
  }

  async stop(): Promise<void> {
    this.trading = false;
    await this.idle;
  }

  private async trade(client: number): Promise<void> {
    for (let count = client; this.trading; count++) {
      const side = count % 2 === 0 ? 'buy' : 'sell';
      const answer = await this.post({ symbol: 'BTCUSDT', side, qtyUsd: 10, confidence: 0.99 }).catch(() => undefined);
      if (!answer?.executed) await delay(this.idleMs);
    }
  }
}
