import type { FastifyInstance } from 'fastify';
import type { BackendMetrics } from '../metrics';
import type { ModelClient } from '../model-client';
import { checkSymbol } from '../order-body';
import type { BackendSettings } from '../settings';

/** `POST /api/ai/consensus`: what the model says of features, held against the threshold. */
export function addConsensusRoute(
  app: FastifyInstance,
  { symbols, confidenceThreshold }: Pick<BackendSettings, 'symbols' | 'confidenceThreshold'>,
  model: Pick<ModelClient, 'predict'>,
  metrics: BackendMetrics,
): void {
  app.post('/api/ai/consensus', async (request) => {
    const { symbol, features } = Object(request.body) as { symbol?: unknown; features?: unknown };
    checkSymbol(symbol, symbols);
    const { confidence, model_version } = await model.predict(features);
    const allow = confidence >= confidenceThreshold;
    metrics.consensus.inc({ allow: String(allow) });
    return { allow, confidence, model_version, threshold: confidenceThreshold };
  });
}
