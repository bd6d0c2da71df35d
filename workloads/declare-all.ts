import type { Config } from '../config';
import type { PlatformView, Program, WorkloadSpec } from '../platforms/platform';
import type { Posture, WorkloadName } from '../posture/posture';
import { digestSlice } from '../posture/slice';
import { declareBackend } from './backend/declaration';
import { type DeclarationContext, enabledAgents } from './declaration';
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

/** What a stack's config asks for, on a platform. Pure but for reading the code whose digests it names. */
export function declareStack(config: Config, stack: string, home: string, platform: PlatformView): StackDeclaration {
  // A slice names the workload's code, which only its declaration knows: so the programs come first.
  const programs = new Map<WorkloadName, Program>();
  const context = { config, platform, home };
  for (const declare of declarations) {
    const spec = declare({ ...context, slice: () => 'sha256:' });
    programs.set(spec.name, spec.program);
  }
  const posture: Posture = {
    stack,
    tradingMode: config.tradingMode,
    account: { venue: config.venue.name, id: config.venue.account },
    agents: enabledAgents(config).map(({ name, program, args }) => ({
      name,
      command: program.kind === 'command' ? program.command : [],
      args,
      source: platform.digestOf(program),
    })),
    symbols: config.symbols,
    risk: config.risk,
    confidenceThreshold: config.confidenceThreshold,
    model: { version: config.model.version, digest: config.model.digest },
    market:
      config.market.feed === 'recorded'
        ? { ...config.market, files: config.marketDigests }
        : { feed: 'embedded', seed: config.market.seed, speed: config.market.speed },
    workloads: Object.fromEntries(
      [...programs].map(([name, program]) => [name, platform.digestOf(program)]),
    ) as Posture['workloads'],
  };
  const slice = (workload: WorkloadName) => digestSlice(posture, workload);
  return { posture, workloads: declarations.map((declare) => declare({ ...context, slice })) };
}
