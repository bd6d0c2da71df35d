import { parseArgs } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../../errors';
import { parseEnvironment, required, SettingsError, symbols, url } from '../settings';

export interface AgentSettings {
  readonly agent: string;
  readonly symbols: readonly string[];
  readonly gatewayUrl: string;
  readonly backendUrl: string;
  /** Milliseconds between two looks at the market. */
  readonly pollMs: number;
  /** Value of a buy, USD. */
  readonly qtyUsd: number;
}

const environmentSchema = z.object({
  AGENT_NAME: required.pipe(z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'expected a name such as live_trader')),
  SYMBOLS: symbols,
  GATEWAY_URL: url,
  BACKEND_URL: url,
  AGENT_POLL_MS: z.coerce
    .number({ error: 'expected milliseconds, 10..60000' })
    .int('expected whole milliseconds')
    .min(10, 'expected milliseconds, 10..60000')
    .max(60_000, 'expected milliseconds, 10..60000')
    .default(250),
});

const defaultQtyUsd = 1_000;

/**
 * An agent's settings from its environment and arguments.
 * @throws SettingsError naming every failure of both
 */
export function readAgentSettings(environment: NodeJS.ProcessEnv, args: readonly string[]): AgentSettings {
  const failures: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      failures.push(...(error instanceof SettingsError ? error.failures : [messageOf(error)]));
      return undefined;
    }
  };
  const value = attempt(() => parseEnvironment(environmentSchema, environment));
  const qtyUsd = attempt(() => readQtyUsd(args));
  if (value === undefined || qtyUsd === undefined) throw new SettingsError(failures);
  return {
    agent: value.AGENT_NAME,
    symbols: value.SYMBOLS,
    gatewayUrl: value.GATEWAY_URL.replace(/\/$/, ''),
    backendUrl: value.BACKEND_URL.replace(/\/$/, ''),
    pollMs: value.AGENT_POLL_MS,
    qtyUsd,
  };
}

function readQtyUsd(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: { 'qty-usd': { type: 'string' } }, strict: true });
  const text = values['qty-usd'];
  if (text === undefined) return defaultQtyUsd;
  const qtyUsd = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(qtyUsd) || qtyUsd < 0.01)
    throw new Error(`--qty-usd: expected an amount in USD of at least 0.01, received ${JSON.stringify(text)}`);
  return qtyUsd;
}
