import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createService, readSecret, requireEnv } from '../service';
import { readConfigOrExit } from '../start';
import { loadMarketFeed } from './feed-config';
import { Market } from './market';
import { addMarketRoutes } from './market-routes';
import { addOrderRoutes } from './order-routes';
import { VenueStore } from './venue-store';

const service = createService('simulated-venue');
const options = readConfigOrExit(service.log, () => {
  const key = readSecret('VENUE_KEY_FILE');
  // An empty key would let in every request without one.
  if (key === '') throw new Error('VENUE_KEY_FILE: expected a file with the API key, received an empty one');
  return {
    key,
    account: requireEnv('VENUE_ACCOUNT'),
    dataDir: requireEnv('DATA_DIR'),
    feed: loadMarketFeed(requireEnv('MARKET_FEED'), requireEnv('SYMBOLS').split(',')),
  };
});

mkdirSync(options.dataDir, { recursive: true });
const store = new VenueStore(path.join(options.dataDir, 'venue.db'));
const market = new Market(options.feed, store, Date.now());
addMarketRoutes(service.app, market, options.account);
addOrderRoutes(service.app, market, store, options.key);
service.onStop(() => store.close());
service.log.info({ feedId: market.feedId, marketTime: new Date(market.time(Date.now())) }, 'market open');
void service.listen();
