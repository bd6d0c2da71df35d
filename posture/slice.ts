import { type Digest, digestOf } from './digest';
import type { Posture, WorkloadName } from './posture';

/**
 * The part of a posture that concerns each workload. A workload restarts when its slice changes and only then, so a
 * field that is listed too often restarts too much, and one that is missing would leave a change without effect.
 *
 * The gateway's slice has neither mode nor limits: every order says its mode, and a live one needs a permit, which
 * carries the limits. So going live and back never restarts the workload that guards it.
 */
const slices: Record<WorkloadName, (posture: Posture) => object> = {
  'simulated-venue': ({ account, market, symbols }) => ({ account, market, symbols }),
  gateway: ({ account, symbols }) => ({ account, symbols }),
  'model-service': ({ model }) => ({ model }),
  backend: ({ tradingMode, risk, confidenceThreshold, symbols }) => ({
    tradingMode,
    risk,
    confidenceThreshold,
    symbols,
  }),
  orchestrator: ({ agents, symbols }) => ({ agents, symbols }),
  guardian: () => ({}),
};

/** The digest of what concerns one workload: its slice of the posture, its own code and settings. */
export function digestSlice(posture: Posture, workload: WorkloadName): Digest {
  return digestOf({
    workload,
    code: posture.workloads[workload],
    settings: posture.settings[workload],
    ...slices[workload](posture),
  });
}
