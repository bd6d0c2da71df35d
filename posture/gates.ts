import type { WorkloadName } from './posture';
import type { EvidenceKind } from './proof';
import type { Change } from './transition';

/** The full set: what going live needs, and every rise that no other gate is for. */
const full: readonly EvidenceKind[] = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
const newStrategy: readonly EvidenceKind[] = ['preflight', 'canary', 'approval'];
const newGuard: readonly EvidenceKind[] = ['preflight', 'drill', 'approval'];
const moreAgents: readonly EvidenceKind[] = ['preflight', 'watch', 'soak', 'approval'];
const looser: readonly EvidenceKind[] = ['soak', 'approval'];

const codeGates: Readonly<Record<WorkloadName, readonly EvidenceKind[]>> = {
  backend: newStrategy,
  'model-service': newStrategy,
  gateway: newGuard,
  guardian: newGuard,
  orchestrator: newGuard,
  'simulated-venue': full,
};

/** The kinds of proof that one rise needs, in the order in which they are made. */
export function proofsFor(rise: Change): readonly EvidenceKind[] {
  switch (rise.dimension) {
    case 'agent':
      return moreAgents;
    case 'agent-code':
    case 'model':
      return newStrategy;
    case 'limit':
    case 'threshold':
      return looser;
    case 'code':
      return rise.workload ? codeGates[rise.workload] : full;
    default:
      return full;
  }
}
