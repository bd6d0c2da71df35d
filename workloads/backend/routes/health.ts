import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../../errors';
import { version } from '../../../package.json';
import type { GatewayClient } from '../gateway-client';
import type { ModelClient } from '../model-client';
import type { RiskWatch } from '../risk-watch';
import type { BackendSettings } from '../settings';

export interface HealthParts {
  readonly settings: BackendSettings;
  readonly gateway: GatewayClient;
  readonly model: ModelClient;
  readonly watch: RiskWatch;
  readonly clock: () => number;
}

/** `GET /health`: what the backend is, and whether what it needs answers. Takes a second at most. */
export function addHealthRoute(app: FastifyInstance, { settings, gateway, model, watch, clock }: HealthParts): void {
  const { tradingMode, confidenceThreshold, limits, symbols, slice } = settings;

  app.get('/health', async (_request, reply) => {
    const [health, book, modelService] = await Promise.allSettled([
      gateway.health(),
      watch.observe(clock()),
      model.health(),
    ]);
    const reasons = [health, book].flatMap((part) => (part.status === 'rejected' ? messageOf(part.reason) : []));
    const modelState = modelService.status === 'fulfilled' ? modelService.value : { ok: false, modelVersion: null };
    if (!modelState.ok) reasons.push('the model service does not answer');
    const seen = watch.last();
    return reply.status(reasons.length === 0 ? 200 : 503).send({
      ok: reasons.length === 0,
      ...(reasons.length === 0 ? {} : { reason: reasons.join('; ') }),
      tradingMode,
      config: { confidenceThreshold, ...limits, symbols },
      risk: {
        drawdown: seen?.drawdown ?? null,
        locked: watch.isLocked(),
        equityUsd: seen?.equityUsd ?? null,
        peakUsd: seen?.peakUsd ?? null,
      },
      permit: { state: health.status === 'fulfilled' ? health.value.permit.state : 'unknown' },
      posture: health.status === 'fulfilled' ? (health.value.posture?.digest ?? null) : null,
      slice,
      modelService: modelState,
      version,
    });
  });
}
