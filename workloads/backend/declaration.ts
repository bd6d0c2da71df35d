import type { WorkloadSpec } from '../../platforms/platform';
import { type DeclarationContext, programOf } from '../declaration';

/** The backend: the only workload that is told the trading mode. */
export function declareBackend({ config, platform, slice }: DeclarationContext): WorkloadSpec {
  return {
    name: 'backend',
    program: programOf(config, 'backend', 'workloads/backend/server'),
    port: config.ports.backend,
    slice: slice('backend'),
    secrets: { OPERATOR_TOKEN_FILE: 'operator-token' },
    reads: [],
    environment: {
      TRADING_MODE: config.tradingMode,
      SYMBOLS: config.symbols.join(','),
      CONFIDENCE_THRESHOLD: String(config.confidenceThreshold),
      RISK_LIMITS: JSON.stringify(config.risk),
      GATEWAY_URL: platform.addressOf('gateway'),
      MODEL_SERVICE_URL: platform.addressOf('model-service'),
    },
  };
}
