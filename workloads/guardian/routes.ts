import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../errors';
import { version } from '../../package.json';
import { ServiceError } from '../service';
import type { Guardian } from './guardian';
import type { Watch } from './watch';

/** The guardian's answers. Nothing that is asked here changes anything; no environment of a replica is in any of them. */
export function addRoutes(app: FastifyInstance, watch: Watch, guardian: Guardian): void {
  app.get('/health', async () => {
    const seen = watch.last();
    if (!seen) throw new ServiceError(503, 'not_observed', 'the first look at the replicas is not over', { ok: false });
    const running = seen.replicas.filter(({ state }) => state === 'running').length;
    return {
      ok: true,
      replicas: { running, expected: seen.replicas.length },
      duplicates: seen.duplicates.length,
      observedAt: seen.observedAt,
      ...guardian.status(),
      slice: process.env.CUTOVER_SLICE,
      version,
    };
  });

  app.get('/replicas', async () => {
    const seen = watch.last();
    if (!seen) throw new ServiceError(503, 'not_observed', 'the first look at the replicas is not over');
    return { observedAt: seen.observedAt, replicas: seen.replicas, duplicates: seen.duplicates };
  });

  app.get('/decision', async () => ({ decision: guardian.decision() }));

  app.get('/ledger/tail', async (_request, reply) => {
    try {
      return reply.type('application/json').send(guardian.exportTail());
    } catch (error) {
      throw new ServiceError(503, 'ledger_unavailable', messageOf(error));
    }
  });
}
