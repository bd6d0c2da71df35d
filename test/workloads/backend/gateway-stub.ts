import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Order {
  clientOrderId: string;
  mode: string;
  symbol: string;
  side: string;
  qtyUsd: number;
}

/** What the stub does with the next orders; `lose` reads and forgets, `swallow` fills and does not answer. */
export type Behaviour = 'fill' | 'lose' | 'swallow' | { status: number; code: string };

const price = 50_000;

/** A gateway with a record of its own: the witness of what was really traded. It fills a client order id once. */
export class GatewayStub {
  behaviour: Behaviour = 'fill';
  /** Every order that arrived, repeated ones too. */
  readonly received: Order[] = [];
  /** What was filled, by client order id. */
  readonly fills = new Map<string, Order & { orderId: string }>();
  book = {
    equityUsd: 100_000,
    peakUsd: 100_000,
    drawdown: 0,
    positions: [] as { symbol: string; valueUsd: number }[],
  };
  port = 0;
  private readonly refusals = new Map<string, { code: string }>();
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  /** Listens on a port; 0 for any free one. */
  async start(port = 0): Promise<this> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sets equity and drawdown for a peak of 100,000 USD. */
  setDrawdown(drawdown: number): void {
    this.book = { ...this.book, equityUsd: 100_000 * (1 - drawdown), drawdown };
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse) {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'POST') {
      const chunks = await request.toArray();
      return this.order(JSON.parse(Buffer.concat(chunks).toString()), answer);
    }
    if (request.url?.startsWith('/book')) return answer(200, this.book);
    if (request.url === '/health')
      return answer(200, { ok: true, posture: { digest: 'sha256:ab' }, permit: { state: 'none' } });
    const id = decodeURIComponent(request.url!.slice('/orders/'.length));
    const fill = this.fills.get(id);
    if (fill) return answer(200, { ...fill, status: 'filled', price, valueUsd: fill.qtyUsd, ...amounts(fill) });
    const refusal = this.refusals.get(id);
    if (refusal) return answer(200, { clientOrderId: id, status: 'refused', message: 'refused', ...refusal });
    answer(404, { code: 'unknown_order', message: `no order ${id}` });
  }

  private order(order: Order, answer: (status: number, body: unknown) => unknown): unknown {
    this.received.push(order);
    const { behaviour } = this;
    if (behaviour === 'lose') return undefined;
    const known = this.fills.get(order.clientOrderId);
    if (!known && typeof behaviour === 'object') {
      this.refusals.set(order.clientOrderId, { code: behaviour.code });
      return answer(behaviour.status, { code: behaviour.code, message: 'refused' });
    }
    const fill = known ?? { ...order, orderId: `stub-${this.fills.size + 1}` };
    this.fills.set(order.clientOrderId, fill);
    return behaviour === 'swallow' ? undefined : answer(200, { ...fill, status: 'filled', price, ...amounts(fill) });
  }
}

function amounts({ qtyUsd }: Order) {
  return { qty: qtyUsd / price, feeUsd: qtyUsd * 0.001 };
}
