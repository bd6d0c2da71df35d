import path from 'node:path';
import type { WorkloadSpec } from '../../platforms/platform';
import type { DeclarationContext } from '../declaration';

/** The gateway: the only workload beside the venue itself that is given the venue's key. */
export function declareGateway({ config, platform, slice }: DeclarationContext): WorkloadSpec {
  return {
    name: 'gateway',
    program: { kind: 'shipped', entry: 'workloads/gateway/server', args: [] },
    port: config.ports.gateway,
    slice: slice('gateway'),
    secrets: { VENUE_KEY_FILE: 'venue-key' },
    reads: [path.dirname(platform.postureFile)],
    environment: {
      SYMBOLS: config.symbols.join(','),
      VENUE: config.venue.name,
      VENUE_ACCOUNT: config.venue.account,
      VENUE_URL: platform.addressOf('simulated-venue'),
      POSTURE_FILE: platform.postureFile,
    },
  };
}
