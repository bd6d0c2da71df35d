import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createService, readSecret, requireEnv } from '../service';
import { readConfigOrExit } from '../start';
import { HaltLatch } from './halt-latch';
import { MarketRelay } from './market-relay';
import { addMetrics } from './metrics';
import { addOrderRoutes } from './order-routes';
import { OrderStore } from './order-store';
import { PaperDesk } from './paper-desk';
import { addRoutes } from './routes';

const service = createService('gateway');
const options = readConfigOrExit(service.log, () => {
  // The key is not used yet. A gateway that could not read it must not start, or the first live order would find out.
  if (readSecret('VENUE_KEY_FILE') === '')
    throw new Error('VENUE_KEY_FILE: expected an API key, received an empty file');
  return {
    stack: requireEnv('CUTOVER_STACK'),
    postureFile: requireEnv('POSTURE_FILE'),
    venue: { name: requireEnv('VENUE'), account: requireEnv('VENUE_ACCOUNT') },
    venueUrl: requireEnv('VENUE_URL').replace(/\/+$/, ''),
    symbols: requireEnv('SYMBOLS').split(','),
    dataDir: requireEnv('DATA_DIR'),
  };
});

mkdirSync(options.dataDir, { recursive: true });
const latch = new HaltLatch(options.dataDir);
const store = new OrderStore(path.join(options.dataDir, 'gateway.db'));
const relay = new MarketRelay(options.venueUrl, options.symbols);
const desk = new PaperDesk(store, relay);
addMetrics(service.metrics, {
  halted: () => latch.read(Date.now()) !== null,
  reachable: () => relay.isReachable(),
  orders: () => store.counts(),
});
addRoutes(service.app, { ...options, latch, store, relay, desk });
addOrderRoutes(service.app, { symbols: options.symbols, desk, store, latch });
service.onStop(() => {
  relay.stop();
  store.close();
});
void service.listen();
void relay.poll(() => {
  try {
    desk.observe();
  } catch (error) {
    // A full disk must not end the process: it still has to refuse, and to halt.
    service.log.error({ err: error }, 'the equity peak could not be stored');
  }
});
