import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../service';
import type { Watch } from './watch';

/** The guardian's answers. It reports; it does not grant yet. */
export function addRoutes(app: FastifyInstance, watch: Watch): void {
  app.get('/health', async () => {
    const seen = watch.last();
    if (!seen) throw new ServiceError(503, 'not_observed', 'the first look at the replicas is not over', { ok: false });
    const running = seen.replicas.filter(({ state }) => state === 'running').length;
    return {
      ok: true,
      replicas: { running, expected: seen.replicas.length },
      duplicates: seen.duplicates.length,
      observedAt: seen.observedAt,
      slice: process.env.CUTOVER_SLICE,
      version: '0.1.0',
    };
  });

  app.get('/replicas', async () => {
    const seen = watch.last();
    if (!seen) throw new ServiceError(503, 'not_observed', 'the first look at the replicas is not over');
    return seen;
  });
}
