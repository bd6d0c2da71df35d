import type { FastifyInstance } from 'fastify';
import type { Instance } from '../instance';

/** `GET /instance`: the public key that this start of the backend signs its live orders with. */
export function addInstanceRoute(app: FastifyInstance, instance: Instance): void {
  app.get('/instance', async () => instance.view());
}
