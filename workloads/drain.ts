import type { FastifyInstance } from 'fastify';

/** How long a connection may wait for its next request, milliseconds. Clients are told, and let go of it before. */
export const keepAliveMs = 2_000;
/** Node.js itself closes such a connection a second after that, so that no client is cut off by a hair. */
const drainLimitMs = keepAliveMs + 1_500;
const lookMs = 20;

/**
 * Has a service end without a request being lost: a connection that is kept is not closed under a client that sends the
 * next request just then, but is closed by the answer to it, or once the client has let go of it.
 * @returns to be awaited before the service is closed: ends once nobody is connected, or after 3.5 seconds
 */
export function prepareDrain(app: FastifyInstance): () => Promise<void> {
  let isDraining = false;
  app.server.keepAliveTimeout = keepAliveMs;
  app.addHook('onRequest', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
  const connections = () => new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)));
  return async () => {
    isDraining = true;
    const until = performance.now() + drainLimitMs;
    while ((await connections()) > 0 && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, lookMs));
  };
}
