import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createService, readSecret, requireEnv } from '../service';
import { readConfigOrExit } from '../start';
import { addControlRoutes } from './control-routes';
import { Faults } from './faults';
import { loadMarketFeed } from './feed-config';
import { Market } from './market';
import { addMarketRoutes } from './market-routes';
import { OrderBook } from './order-book';
import { addOrderRoutes } from './order-routes';
import { startVenueClock } from './venue-clock';
import { VenueStore } from './venue-store';

/** How often resting orders are held against the market, milliseconds. */
const sweepMs = 100;

const service = createService('simulated-venue');
const options = readConfigOrExit(service.log, () => {
  const key = readSecret('VENUE_KEY_FILE');
  // An empty key would let in every request without one.
  if (key === '') throw new Error('VENUE_KEY_FILE: expected a file with the API key, received an empty one');
  const controlKey = process.env.VENUE_CONTROL_KEY_FILE ? readSecret('VENUE_CONTROL_KEY_FILE') : null;
  if (controlKey === '') throw new Error('VENUE_CONTROL_KEY_FILE: expected a file with a key, received an empty one');
  return {
    key,
    controlKey,
    account: requireEnv('VENUE_ACCOUNT'),
    dataDir: requireEnv('DATA_DIR'),
    feed: loadMarketFeed(requireEnv('MARKET_FEED'), requireEnv('SYMBOLS').split(',')),
  };
});

mkdirSync(options.dataDir, { recursive: true });
const store = new VenueStore(path.join(options.dataDir, 'venue.db'));
const market = new Market(options.feed, store, Date.now());
const venueNow = startVenueClock();
const faults = new Faults();
const book = new OrderBook(market, store, faults, venueNow);
addControlRoutes(service.app, faults, options.controlKey, venueNow);
addMarketRoutes(service.app, market, options.account);
addOrderRoutes(service.app, book, store, options.key, venueNow);
const sweeping = setInterval(() => book.sweep(), sweepMs);
service.onStop(() => {
  clearInterval(sweeping);
  store.close();
});
service.log.info({ feedId: market.feedId, marketTime: new Date(market.time(Date.now())) }, 'market open');
void service.listen();
