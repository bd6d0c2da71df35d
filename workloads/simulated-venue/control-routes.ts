import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readJson } from '../read-json';
import { ServiceError } from '../service';
import { requireKey } from './access';
import type { Faults } from './faults';

const controlShape = z.strictObject({
  latencyMs: z.number().min(0).max(60_000).optional(),
  rejectNext: z.int().min(0).max(1_000_000).optional(),
  outageSeconds: z.number().min(0).max(86_400).optional(),
});

/**
 * Faults on request, for tests and drills, with a key of their own: the account's key does not open them. An outage is
 * an outage of everything but this route.
 * @param now the venue's time, milliseconds
 */
export function addControlRoutes(app: FastifyInstance, faults: Faults, key: string | null, now: () => number): void {
  // As late as this, so that an order that meets the outage is in the record all the same.
  app.addHook('preHandler', async (request) => {
    if (request.url !== '/control' && faults.isOut(now()))
      throw new ServiceError(503, 'venue_outage', 'the venue is out of service');
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-venue-time', now());
  });

  app.post('/control', async (request) => {
    if (key === null) throw new ServiceError(403, 'control_disabled', 'this venue was started without a control key');
    requireKey(request, 'x-control-key', key);
    const read = readJson(controlShape, JSON.stringify(request.body ?? null));
    if ('failures' in read)
      throw new ServiceError(400, 'invalid_control', read.failures.join('; '), { failures: read.failures });
    faults.set(read.value, now());
    request.log.warn(read.value, 'faults were asked for');
    return faults.view(now());
  });

  app.get('/time', async () => ({ time: now() }));
}
