import type { WorkloadSpec } from '../../platforms/platform';
import type { DeclarationContext } from '../declaration';

/** The guardian: observes every replica through the platform, and alone grants. */
export function declareGuardian({ config, platform, slice, home }: DeclarationContext): WorkloadSpec {
  return {
    name: 'guardian',
    program: { kind: 'shipped', entry: 'workloads/guardian/server', args: [] },
    port: config.ports.guardian,
    slice: slice('guardian'),
    secrets: {},
    environment: {
      CUTOVER_HOME: home,
      EVIDENCE_DIR: platform.evidenceDir,
    },
  };
}
