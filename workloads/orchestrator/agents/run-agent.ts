import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createLogger } from '../../service';
import { SettingsError } from '../settings';
import { createBackend, createGateway, RequestError } from './clients';
import { readAgentSettings } from './settings';
import type { Strategy } from './strategy';
import { createTradeLoop, type TradeLoop } from './trade-loop';

const badConfiguration = 78;
const metricsMs = 60_000;
const firstBackoffMs = 500;
const longestBackoffMs = 30_000;

/** The delay after so many failures in a row, milliseconds: 500, 1000, ... 30000. */
export function backoffMs(failures: number): number {
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1));
}

/** Runs a shipped agent until its standard input closes (the orchestrator is gone) or SIGTERM asks it to end. */
export function runAgent(strategy: Strategy): void {
  const log = createLogger(process.env.AGENT_NAME || 'agent');
  const stopping = new AbortController();
  const stop = (why: string) => {
    if (stopping.signal.aborted) return;
    log.info({ why }, 'stopping');
    stopping.abort();
    // An order in flight is settled by the backend; its key keeps the next start from trading it again.
    process.exit(0);
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => stop('standard input closed'));
  process.stdin.resume();

  const settings = readSettingsOrExit(log);
  const loop = createTradeLoop({
    agent: settings.agent,
    qtyUsd: settings.qtyUsd,
    strategy,
    gateway: createGateway(settings.gatewayUrl, stopping.signal),
    backend: createBackend(settings.backendUrl, stopping.signal),
    log,
  });
  log.info({ symbols: settings.symbols, qtyUsd: settings.qtyUsd }, 'trading');
  setInterval(() => log.info(loop.metrics(), 'execution metrics'), metricsMs);
  for (const symbol of settings.symbols) void follow(symbol, loop, settings.pollMs, log, stopping.signal);
}

async function follow(symbol: string, loop: TradeLoop, pollMs: number, log: Logger, signal: AbortSignal) {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await loop.step(symbol);
      failures = 0;
      await delay(pollMs);
    } catch (error) {
      failures += 1;
      const delayMs = backoffMs(failures);
      // A service that is away is its own workload's error; here it is only waited for.
      if (error instanceof RequestError) log.warn({ symbol, code: error.code, delayMs }, error.message);
      else log.error({ err: error, symbol, delayMs }, 'the trade loop failed');
      await delay(delayMs);
    }
  }
}

function readSettingsOrExit(log: Logger) {
  try {
    return readAgentSettings(process.env, process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    log.error({ failures: error.failures }, 'the settings are not usable');
    process.exit(badConfiguration);
  }
}
