import { z } from 'zod';
import { messageOf } from '../../../errors';
import type { Features } from '../../../market/features';
import type { OrderIntent } from './decide-order';

/** A service refused a request (`status` 400..499) or could not serve it (`status` 0 when nothing answered, else 500..). */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.code = code;
  }

  /** Whether trying again later with the very same request can help. */
  get isUnavailable(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

const candle = z.object({
  time: z.number(),
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number().positive(),
  volume: z.number(),
});
const marketSchema = z.object({
  feedId: z.string().min(1),
  market: z.string().optional(),
  intervalSeconds: z.number().positive(),
  usdPerQuote: z.number().positive(),
  candles: z.array(candle),
});
const healthSchema = z.object({ tradingMode: z.enum(['paper', 'live']) });
const consensusSchema = z.object({ allow: z.boolean(), confidence: z.number() });
const tradesSchema = z.object({
  trades: z.array(
    z.object({
      clientOrderId: z.string(),
      mode: z.string(),
      status: z.string(),
      side: z.string(),
      qty: z.number().nullable(),
    }),
  ),
});
const executeSchema = z.object({ executed: z.boolean(), reason: z.string().nullish() });
const refusalSchema = z.object({ code: z.string(), message: z.string() });

export type Market = z.output<typeof marketSchema>;
export type Execution = z.output<typeof executeSchema>;

/** An order ready to be sent, as often as needed: the key makes it one trade. */
export interface PreparedOrder extends OrderIntent {
  readonly key: string;
  readonly symbol: string;
  readonly agent: string;
  readonly confidence: number;
}

/** How many candles an agent asks for; its features look back over 21. */
const candleLimit = 64;
/** Far more trades than an agent makes while it holds one position. */
const tradeLimit = 1_000;
const timeoutMs = 5_000;

/** The gateway, as far as an agent needs it: it never orders there. */
export function createGateway(url: string, signal: AbortSignal) {
  return {
    market: (symbol: string) =>
      request(marketSchema, `${url}/market/${encodeURIComponent(symbol)}/candles?limit=${candleLimit}`, { signal }),
  };
}

export type Gateway = ReturnType<typeof createGateway>;

/** The backend, as far as an agent needs it. Every method throws RequestError. */
export function createBackend(url: string, signal: AbortSignal) {
  const post = (body: unknown, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
  });
  return {
    /** The trading mode; an unhealthy backend knows it too. */
    tradingMode: async () => (await request(healthSchema, `${url}/health`, { signal }, [503])).tradingMode,
    consensus: (symbol: string, features: Features) =>
      request(consensusSchema, `${url}/api/ai/consensus`, post({ symbol, features })),
    /** An agent's newest trades, newest first. */
    trades: async (agent: string) => {
      const query = `limit=${tradeLimit}&agent=${encodeURIComponent(agent)}`;
      return (await request(tradesSchema, `${url}/api/trades?${query}`, { signal })).trades;
    },
    execute: ({ key, ...order }: PreparedOrder) =>
      request(executeSchema, `${url}/api/trade/execute`, post(order, { 'idempotency-key': key })),
  };
}

export type Backend = ReturnType<typeof createBackend>;

async function request<T>(
  schema: z.ZodType<T>,
  url: string,
  init: RequestInit & { signal: AbortSignal },
  alsoRead: readonly number[] = [],
): Promise<T> {
  let response: Response;
  let body: unknown;
  try {
    const signal = AbortSignal.any([init.signal, AbortSignal.timeout(timeoutMs)]);
    response = await fetch(url, { ...init, signal, redirect: 'error' });
    body = await response.json();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
    throw new RequestError(0, 'unreachable', `${url}: ${messageOf(error)}${cause}`);
  }
  const result = schema.safeParse(body);
  if ((response.ok || alsoRead.includes(response.status)) && result.success) return result.data;
  const refusal = refusalSchema.safeParse(body);
  if (!response.ok && refusal.success)
    throw new RequestError(response.status, refusal.data.code, `${url}: ${refusal.data.message}`);
  if (!response.ok) throw new RequestError(response.status, 'unexpected_answer', `${url} answered ${response.status}`);
  const failures = result.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new RequestError(502, 'unexpected_answer', `${url} answered something else than its contract: ${failures}`);
}
