import type { FastifyInstance } from 'fastify';
import type { SignedClose, SignedPermit } from '../../protocol/messages';
import { ServiceError } from '../service';
import type { Live } from './live';

/** What guardian and approver say to the gateway. Every check of what they send is the state machine's. */
export function addLiveRoutes(app: FastifyInstance, live: Live): void {
  app.get('/challenge', async () => live.require().challenge());

  app.put('/permit', async (request) => {
    const { desk, unavailable } = live;
    if (!desk) throw new ServiceError(422, 'live_unavailable', unavailable!, { failures: ['live_unavailable'] });
    desk.acceptPermit(request.body as SignedPermit);
    return { accepted: true };
  });

  app.put('/trust-root', async (request) => {
    const { trustRoots } = (request.body ?? {}) as { trustRoots?: unknown };
    const envelopes = Array.isArray(trustRoots) ? trustRoots.filter((one) => typeof one === 'string') : [];
    live.takeUp(envelopes);
    return { trustRoot: live.trustRoot };
  });

  app.post('/revoke', async () => {
    // Where no permit can be held, none is held after this either.
    live.desk?.revoke();
    return { revoked: true };
  });

  app.post('/close', async (request) => {
    const desk = live.require();
    const signed = request.body as SignedClose;
    const closed = Array.isArray(signed?.close?.halts) ? desk.close(signed) : [];
    if (closed.length === 0)
      throw new ServiceError(422, 'close_refused', 'expected a close of latched halts, signed by an approver', {
        halts: desk.halts,
      });
    request.log.warn({ closed, halts: desk.halts }, 'halts were closed by an approver');
    return { closed, halts: desk.halts };
  });
}
