import type { Config } from '../config';
import type { PlatformView, WorkloadSpec } from '../platforms/platform';
import type { Posture, WorkloadName } from '../posture/posture';
import { type RealWorkload, readPosture } from '../posture/read-posture';
import { digestSlice } from '../posture/slice';
import { declareBackend } from './backend/declaration';
import type { DeclarationContext } from './declaration';
import { declareGateway } from './gateway/declaration';
import { declareGuardian } from './guardian/declaration';
import { declareModelService } from './model-service/declaration';
import { declareOrchestrator } from './orchestrator/declaration';
import { declareSimulatedVenue } from './simulated-venue/declaration';

/** Every workload's declaration, in the order in which they start: each may rely on those before it. */
const declarations: readonly ((context: DeclarationContext) => WorkloadSpec)[] = [
  declareSimulatedVenue,
  declareGateway,
  declareModelService,
  declareBackend,
  declareOrchestrator,
  declareGuardian,
];

/** What each workload waits for. What is not listed starts side by side. */
export const startsAfter: Readonly<Record<WorkloadName, readonly WorkloadName[]>> = {
  'simulated-venue': [],
  gateway: ['simulated-venue'],
  'model-service': [],
  backend: ['gateway', 'model-service'],
  orchestrator: ['backend'],
  guardian: ['gateway'],
};

/** A stack's posture and the workloads that carry it out. */
export interface StackDeclaration {
  readonly posture: Posture;
  readonly workloads: readonly WorkloadSpec[];
}

/** What a stack's config asks for, on a platform. Pure but for reading the files whose digests it names. */
export function declareStack(config: Config, stack: string, home: string, platform: PlatformView): StackDeclaration {
  const context = { config, platform, home };
  const declareAll = (slice: DeclarationContext['slice']) =>
    declarations.map((declare) => declare({ ...context, slice }));
  // The posture is read from what the workloads are started with, and their slices come from the posture: so they are
  // declared twice. A slice is no part of the posture.
  const real = declareAll(() => 'sha256:').map((spec) => [spec.name, platform.realize(spec)]);
  const posture = readPosture(stack, Object.fromEntries(real) as Record<WorkloadName, RealWorkload>, platform.digestOf);
  return { posture, workloads: declareAll((workload) => digestSlice(posture, workload)) };
}
