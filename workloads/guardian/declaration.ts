import path from 'node:path';
import type { WorkloadSpec } from '../../platforms/platform';
import { type DeclarationContext, marketFiles } from '../declaration';

/** The guardian: observes every replica through the platform, and alone grants. */
export function declareGuardian({ config, platform, slice, home }: DeclarationContext): WorkloadSpec {
  return {
    name: 'guardian',
    program: { kind: 'shipped', entry: 'workloads/guardian/server', args: [] },
    port: config.ports.guardian,
    slice: slice('guardian'),
    secrets: {},
    // What it compares by digest, counts errors in, and judges by.
    reads: [
      platform.evidenceDir,
      path.dirname(platform.postureFile),
      ...(['backend', 'orchestrator'] as const).map((workload) => platform.logsOf(workload)),
      ...marketFiles(config, platform),
    ],
    environment: {
      CUTOVER_HOME: home,
      EVIDENCE_DIR: platform.evidenceDir,
    },
  };
}
