import { ServiceError } from '../service';

/** Refusals of the venue that say what became of the order; every other code is a check's of the gateway. */
const messages: Readonly<Record<string, string>> = {
  halted: 'live trading is halted',
  permit_required: 'a live order needs a permit; the gateway holds none',
  permit_expired: 'the permit has ended; the gateway waits for a new one',
  reduce_only: 'the permit allows only what reduces the position',
  order_posture: 'the order was made under another posture than the permitted one',
  order_gateway_start: 'the order was made for another start of the gateway',
  order_signature: 'the order is not signed by the permitted trader instance',
  order_replayed: 'the client order id was used before',
  order_deadline: "no deadline can be given: the venue's time is not known, or the permit is about to end",
  limit_symbol: "the symbol is not in the permit's limits",
  limit_order_size: "the order is larger than the permit's limits allow",
  limit_position: "the position would be larger than the permit's limits allow",
  limit_rate: "there were more orders in the last minute than the permit's limits allow",
  disk_failed: 'the order could not be recorded, so it was not sent',
};

/** Codes that refuse for what the gateway is in, not for what the order is. */
const lockedCodes = ['halted', 'permit_required', 'permit_expired', 'reduce_only', 'order_deadline'];

/**
 * The error of a refused live order.
 * @param codes every check that failed, the first is the code
 * @param endedOnce whether a permit was held since this gateway started
 */
export function refuseOrder(codes: readonly string[], endedOnce: boolean): ServiceError {
  const named = codes.map((code) => (code === 'permit_ended' ? 'permit_expired' : code));
  const failures = named.map((code) => (code === 'permit_required' && endedOnce ? 'permit_expired' : code));
  const code = failures[0] ?? 'refused';
  const status = code === 'disk_failed' ? 503 : lockedCodes.includes(code) || code.startsWith('order_') ? 423 : 422;
  return new ServiceError(status, code, messages[code] ?? code, { failures });
}

/** The error of an order of which it is not known what became of it. It is looked up, never sent again. */
export function outcomeUnknown(reason: string): ServiceError {
  return new ServiceError(503, 'outcome_unknown', `it is not known yet what became of the order: ${reason}`);
}
