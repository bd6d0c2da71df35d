import type { WorkloadSpec } from '../../platforms/platform';
import { type DeclarationContext, marketFeed, marketFiles } from '../declaration';

/** The simulated venue: prices, and the one place where live orders could go today. It stands for a party outside the stack. */
export function declareSimulatedVenue({ config, platform, slice }: DeclarationContext): WorkloadSpec {
  return {
    name: 'simulated-venue',
    program: { kind: 'shipped', entry: 'workloads/simulated-venue/server', args: [] },
    port: config.ports['simulated-venue'],
    slice: slice('simulated-venue'),
    secrets: { VENUE_KEY_FILE: 'venue-key', VENUE_CONTROL_KEY_FILE: 'venue-control-key' },
    reads: marketFiles(config, platform),
    environment: {
      SYMBOLS: config.symbols.join(','),
      VENUE_ACCOUNT: config.venue.account,
      MARKET_FEED: JSON.stringify(marketFeed(config, platform)),
    },
  };
}
