import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { version } from '../../package.json';
import { acceptAnyBody, rawBodyOf } from '../raw-body';
import { ServiceError } from '../service';
import type { BookKeeper } from './book-keeper';
import type { HaltLatch } from './halt-latch';
import type { HaltRecord, HaltRecords } from './halt-records';
import type { Live } from './live';
import type { MarketRelay } from './market-relay';
import { wholeNumber } from './order-routes';
import type { OrderStore } from './order-store';
import { readPosture } from './posture-file';

export interface GatewayParts {
  readonly stack: string;
  readonly postureFile: string;
  readonly venue: { readonly name: string; readonly account: string };
  readonly latch: HaltLatch;
  readonly halts: HaltRecords;
  readonly relay: MarketRelay;
  readonly store: OrderStore;
  readonly books: Readonly<Record<'paper' | 'live', BookKeeper>>;
  readonly live: Live;
}

/** Health, market data, book and halt. */
export function addRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const { latch, halts, relay, store, books, live } = parts;
  const latched = () => describeHalts(parts);

  app.get('/health', async (_request, reply) => {
    const reachable = relay.isReachable();
    return reply.status(reachable ? 200 : 503).send({
      ok: reachable,
      ...(reachable ? {} : { reason: 'venue unreachable' }),
      stack: parts.stack,
      posture: readPosture(parts.postureFile),
      start: live.start,
      ...(live.desk ? live.desk.view() : { permit: { state: 'none', reason: live.unavailable }, ledger: null }),
      trustRoot: live.trustRoot,
      halt: latch.read(Date.now()) ?? latched()[0] ?? null,
      halts: live.desk?.halts ?? [],
      venue: { ...parts.venue, reachable },
      market: relay.lastMarkets().map(({ symbol, feedId, candles }) => {
        const { close, time } = candles.at(-1)!;
        return { symbol, price: close, time: new Date(time).toISOString(), feedId };
      }),
      orders: store.counts(),
      version,
    });
  });

  app.get('/halts', async () => ({ halts: latched() }));

  app.get('/market/:symbol/candles', async (request) => {
    const { symbol } = request.params as { symbol: string };
    const { limit = '64' } = request.query as Record<string, string>;
    return relay.candles(symbol, wholeNumber('limit', limit, 1, 2_000));
  });

  app.get('/book', async (request) => {
    const { mode = 'paper' } = request.query as { mode?: string };
    if (mode !== 'paper' && mode !== 'live')
      throw new ServiceError(400, 'bad_request', `mode: expected paper or live; received ${JSON.stringify(mode)}`);
    return books[mode].view();
  });

  app.register(async (scope) => {
    acceptAnyBody(scope);
    scope.post('/halt', async (request) => {
      const { reason, by, id } = readHaltRequest(rawBodyOf(request.body).text);
      try {
        // The permit ends first: what is sent to the venue meanwhile would have to be cancelled.
        const onDisk = live.desk?.halt(id) ?? true;
        const now = Date.now();
        const halt = latch.latch(reason, by, now, id);
        request.log.warn({ halt, id, reason, by }, 'halted');
        halts.keep({ id, haltedAt: new Date(now).toISOString(), reason, by });
        if (onDisk) return halt;
        throw new Error('its name could not be written');
      } catch (error) {
        request.log.error({ err: error }, 'the halt could not be written; it holds until this process ends');
        const message = 'halted, but only until the gateway restarts: the halt could not be written to disk';
        throw new ServiceError(500, 'halt_not_durable', message);
      }
    });
  });
}

/** What was said with each halt that is latched: of one that nobody recorded, only its name is known. */
function describeHalts({ latch, halts, live }: GatewayParts): (Partial<HaltRecord> & { id: string })[] {
  const first = latch.id();
  const words = (id: string) => halts.find(id) ?? { id, ...(id === first ? latch.read(Date.now()) : {}) };
  return (live.desk?.halts ?? (first === null ? [] : [first])).map(words);
}

/**
 * A halt is never refused for its form: what is missing or malformed is filled in. Without a name it gets a new one, so
 * that a halt over a halt is one more that an approver has to close.
 */
function readHaltRequest(text: string): { reason: string; by: string; id: string } {
  let fields: Record<string, unknown> = {};
  try {
    fields = Object(JSON.parse(text));
  } catch {
    // An empty or malformed body halts as well.
  }
  const textOf = (value: unknown, instead: string) => (typeof value === 'string' ? value.slice(0, 1_000) : instead);
  const id = typeof fields.id === 'string' && fields.id !== '' ? fields.id.slice(0, 200) : randomUUID();
  return { reason: textOf(fields.reason, 'no reason given'), by: textOf(fields.by, 'unknown'), id };
}
