import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ServiceError } from '../service';
import type { TradingMode } from './settings';
import type { NewTrade } from './trade';

const expected = (what: string) => ({ error: () => `expected ${what}` });
const name = z.string(expected('text of 1 to 100 characters')).min(1).max(100);

// The gateway's bounds of an order, so that both refuse the same ones.
const bodyShape = z.strictObject(
  {
    symbol: z.string(expected('a symbol')),
    side: z.enum(['buy', 'sell'], expected('buy or sell')),
    qtyUsd: z
      .number(expected('an amount in USD'))
      .min(0.01, expected('at least 0.01 USD'))
      .max(1e9, expected('at most 1000000000 USD')),
    confidence: z
      .number(expected('a fraction from 0 to 1'))
      .min(0, expected('a fraction from 0 to 1'))
      .max(1, expected('a fraction from 0 to 1')),
    agent: name.optional(),
    pair: name.optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'expected an order as a JSON object') },
);

// `.` and `..` would mean another path when the gateway is asked for the order.
const keyShape = /^(?!\.{1,2}$)[\x21-\x7e]{1,200}$/;

/**
 * Reads a request for an order.
 * @param key the `idempotency-key` header; without one every request is an order of its own
 * @throws ServiceError 400 `invalid_order` with every failure, or `unknown_symbol`
 */
export function readOrder(
  body: unknown,
  key: string | undefined,
  { symbols, tradingMode }: { symbols: readonly string[]; tradingMode: TradingMode },
): NewTrade {
  const read = bodyShape.safeParse(body);
  const failures =
    read.error?.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)) ?? [];
  if (key !== undefined && !keyShape.test(key))
    failures.push('idempotency-key: expected 1 to 200 printable ASCII characters without spaces, not "." or ".."');
  if (!read.success || failures.length > 0)
    throw new ServiceError(400, 'invalid_order', failures.join('; '), { failures });
  const { symbol, side, qtyUsd, confidence, agent, pair } = read.data;
  checkSymbol(symbol, symbols);
  return {
    clientOrderId: key ?? randomUUID(),
    mode: tradingMode,
    symbol,
    side,
    qtyUsd,
    confidence,
    pair: pair ?? symbol,
    agent: agent ?? null,
  };
}

/** @throws ServiceError 400 `unknown_symbol` */
export function checkSymbol(symbol: unknown, symbols: readonly string[]): void {
  if (typeof symbol === 'string' && symbols.includes(symbol)) return;
  const message = `symbol: expected one of ${symbols.join(', ')}; received ${JSON.stringify(symbol) ?? 'nothing'}`;
  throw new ServiceError(400, 'unknown_symbol', message, { symbols });
}
