import type { z } from 'zod';
import {
  type Book,
  bookShape,
  type GatewayHealth,
  healthShape,
  outcomeOfOrder,
  outcomeOfRecord,
} from './gateway-answers';
import { askJson, type JsonAnswer, Unanswered } from './http-json';
import type { Instance } from './instance';
import type { TradingMode } from './settings';
import type { NewTrade, Outcome } from './trade';

const lookMs = 1_000;
const orderMs = 5_000;

/** The gateway as the backend sees it. Every method throws Unanswered when the gateway does not answer, or not sensibly. */
export class GatewayClient {
  /**
   * @param mode whose book is asked for
   * @param instance signs live orders
   */
  constructor(
    private readonly url: string,
    private readonly mode: TradingMode,
    private readonly instance: Instance,
  ) {}

  /** Also understood from a 503: a gateway whose venue is away still says what permit it holds. */
  async health(): Promise<GatewayHealth> {
    return understand(healthShape, await askJson(`${this.url}/health`, lookMs));
  }

  async book(): Promise<Book> {
    return understand(bookShape, await askJson(`${this.url}/book?mode=${this.mode}`, lookMs));
  }

  /** Sends an order. When this throws, the order may have been filled. */
  async placeOrder(trade: NewTrade): Promise<Outcome> {
    const { clientOrderId, mode, symbol, side, qtyUsd, agent } = trade;
    const order = { clientOrderId, symbol, side, qtyUsd };
    const signed = mode === 'live' ? this.instance.sign(order, await this.health(), Date.now()) : null;
    const body = { ...order, mode, ...(agent === null ? {} : { agent }), ...(signed ? { signed } : {}) };
    return outcomeOfOrder(await askJson(`${this.url}/orders`, orderMs, { method: 'POST', body }));
  }

  /** What the gateway knows of an order; undefined when it has neither filled nor finally refused it. */
  async findOutcome(trade: NewTrade): Promise<Outcome | undefined> {
    const path = `/orders/${encodeURIComponent(trade.clientOrderId)}`;
    return outcomeOfRecord(await askJson(`${this.url}${path}`, lookMs), trade);
  }
}

function understand<T>(shape: z.ZodType<T>, { status, body }: JsonAnswer): T {
  const read = shape.safeParse(body);
  if (!read.success) throw new Unanswered(`the gateway's answer ${status} is not what was expected${said(body)}`);
  return read.data;
}

/** The words of an error answer, so that the reader learns why. */
function said(body: unknown): string {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof message === 'string' ? `: ${message}` : '';
}
