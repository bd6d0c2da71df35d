import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../../service';
import type { RiskWatch } from '../risk-watch';
import type { TradeStore } from '../trade-store';

/** `POST /api/risk/reset`: an operator takes the drawdown brake off. Every attempt is in the audit table. */
export function addRiskResetRoute(
  app: FastifyInstance,
  operatorToken: string,
  watch: RiskWatch,
  store: Pick<TradeStore, 'addAudit'>,
  clock: () => number,
): void {
  app.post('/api/risk/reset', async (request) => {
    const detail = { from: request.ip, wasLocked: watch.isLocked() };
    try {
      if (!isBearer(request.headers.authorization, operatorToken))
        throw new ServiceError(401, 'unauthorized', 'expected the header Authorization: Bearer <operator token>');
      await watch.reset(clock());
    } catch (error) {
      const outcome = error instanceof ServiceError ? error.code : 'internal_error';
      request.log.warn({ code: outcome, ...detail }, 'the drawdown brake was not reset');
      store.addAudit('risk_reset', outcome, detail, clock());
      throw error;
    }
    request.log.warn(detail, 'the drawdown brake was reset');
    store.addAudit('risk_reset', 'reset', detail, clock());
    return { reset: true };
  });
}

/** Compares digests, so that neither the length nor the first wrong character shows in the time it takes. */
function isBearer(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}
