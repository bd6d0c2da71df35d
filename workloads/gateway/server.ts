import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createService, requireEnv } from '../service';
import { readConfigOrExit } from '../start';
import { BookKeeper } from './book-keeper';
import { keepKey } from './door/door';
import { HaltLatch } from './halt-latch';
import { HaltRecords } from './halt-records';
import { Live } from './live';
import { addLiveRoutes } from './live-routes';
import { MarketRelay } from './market-relay';
import { addMetrics } from './metrics';
import { addOrderRoutes } from './order-routes';
import { OrderStore } from './order-store';
import { PaperDesk } from './paper-desk';
import { addRoutes } from './routes';

/** How often the live desk looks at its clocks, milliseconds: far less than the pause that ends a permit. */
const tickMs = 100;

const service = createService('gateway');
const options = readConfigOrExit(service.log, () => {
  const venueUrl = requireEnv('VENUE_URL').replace(/\/+$/, '');
  return {
    venueUrl,
    // A gateway that could not read the key must not start, or the first live order would find out.
    openDoor: keepKey(venueUrl, requireEnv('VENUE_KEY_FILE')),
    stack: requireEnv('CUTOVER_STACK'),
    postureFile: requireEnv('POSTURE_FILE'),
    venue: { name: requireEnv('VENUE'), account: requireEnv('VENUE_ACCOUNT') },
    symbols: requireEnv('SYMBOLS').split(','),
    dataDir: requireEnv('DATA_DIR'),
  };
});

mkdirSync(options.dataDir, { recursive: true });
const latch = new HaltLatch(options.dataDir);
const halts = new HaltRecords(options.dataDir);
const store = new OrderStore(path.join(options.dataDir, 'gateway.db'));
const relay = new MarketRelay(options.venueUrl, options.symbols);
const books = { paper: new BookKeeper('paper', store, relay), live: new BookKeeper('live', store, relay) };
const desk = new PaperDesk(store, relay, books.paper);
const live = new Live({ ...options, latch, halts, store, book: books.live, log: service.log });
addMetrics(service.metrics, {
  halted: () => latch.read(Date.now()) !== null,
  reachable: () => relay.isReachable(),
  orders: () => store.counts(),
});
addRoutes(service.app, { ...options, latch, halts, store, relay, books, live });
addLiveRoutes(service.app, live);
addOrderRoutes(service.app, { symbols: options.symbols, desk, store, latch, live });
const ticking = setInterval(() => live.tick(), tickMs);
service.onStop(() => {
  clearInterval(ticking);
  relay.stop();
  live.close();
  store.close();
});
void service.listen();
void relay.poll(() => {
  try {
    for (const book of Object.values(books)) book.observe();
  } catch (error) {
    // A full disk must not end the process: it still has to refuse, and to halt.
    service.log.error({ err: error }, 'the equity peak could not be stored');
  }
});
