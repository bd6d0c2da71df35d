import type { WorkloadSpec } from '../../platforms/platform';
import { type DeclarationContext, enabledAgents, programOf } from '../declaration';

/** The orchestrator, with the enabled agents. */
export function declareOrchestrator({ config, platform, slice }: DeclarationContext): WorkloadSpec {
  return {
    name: 'orchestrator',
    program: programOf(config, 'orchestrator', 'workloads/orchestrator/main', ['run']),
    port: config.ports.orchestrator,
    slice: slice('orchestrator'),
    secrets: {},
    reads: [],
    environment: {
      SYMBOLS: config.symbols.join(','),
      BACKEND_URL: platform.addressOf('backend'),
      GATEWAY_URL: platform.addressOf('gateway'),
      AGENTS: JSON.stringify(
        enabledAgents(config).map(({ name, program, args }) => ({ name, command: platform.commandOf(program), args })),
      ),
    },
  };
}
