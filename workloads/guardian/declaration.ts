import type { WorkloadSpec } from '../../platforms/platform';
import type { DeclarationContext } from '../declaration';

/** The guardian: observes every replica through the platform. */
export function declareGuardian({ config, platform, slice, home }: DeclarationContext): WorkloadSpec {
  return {
    name: 'guardian',
    program: { kind: 'shipped', entry: 'workloads/guardian/server', args: [] },
    port: config.ports.guardian,
    slice: slice('guardian'),
    secrets: {},
    environment: {
      GATEWAY_URL: platform.addressOf('gateway'),
      CUTOVER_HOME: home,
    },
  };
}
