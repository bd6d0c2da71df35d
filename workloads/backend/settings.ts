import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CutoverError, exitCodes } from '../../errors';
import { readJson } from '../read-json';
import type { RiskLimits } from './risk';

export type TradingMode = 'paper' | 'live';

export interface BackendSettings {
  readonly tradingMode: TradingMode;
  readonly symbols: readonly string[];
  /** Fraction 0..1. */
  readonly confidenceThreshold: number;
  readonly limits: RiskLimits;
  readonly gatewayUrl: string;
  readonly modelServiceUrl: string;
  readonly dataDir: string;
  readonly operatorToken: string;
  /** Digest of the part of the posture that concerns the backend; null when the platform did not say. */
  readonly slice: string | null;
}

const expected = (what: string) => ({ error: () => `expected ${what}` });

const limitsShape = z.strictObject({
  maxOrderUsd: z.number(expected('an amount in USD over 0')).positive(expected('an amount in USD over 0')),
  maxPositionUsd: z.number(expected('an amount in USD over 0')).positive(expected('an amount in USD over 0')),
  maxDrawdown: z.number(expected('a fraction from 0 to 1')).min(0).max(1),
  maxOrdersPerMinute: z.int(expected('a whole number over 0')).positive(expected('a whole number over 0')),
});

/**
 * Reads the backend's environment.
 * @throws CutoverError `invalid_environment` with every failure: the variable, what was expected and what came
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): BackendSettings {
  const failures: string[] = [];
  /** Takes a variable apart; `undefined` from `parse` is a failure. */
  const read = <T>(name: string, what: string, parse: (text: string) => T | undefined): T => {
    const text = env[name];
    const value = text === undefined ? undefined : parse(text);
    if (value === undefined)
      failures.push(`${name}: expected ${what}; received ${text === undefined ? 'nothing' : JSON.stringify(text)}`);
    return value as T; // not used when there are failures
  };

  const settings: BackendSettings = {
    // Exactly these two words: what is meant by "LIVE" or "" is not guessed at.
    tradingMode: read('TRADING_MODE', 'paper or live', (text) =>
      text === 'paper' || text === 'live' ? text : undefined,
    ),
    symbols: read('SYMBOLS', 'symbols separated by commas, such as BTCUSDT,ETHUSDT', parseSymbols),
    confidenceThreshold: read('CONFIDENCE_THRESHOLD', 'a fraction from 0 to 1', parseFraction),
    limits: readLimits(env.RISK_LIMITS, failures),
    gatewayUrl: read('GATEWAY_URL', 'an address such as http://127.0.0.1:8010', parseUrl),
    modelServiceUrl: read('MODEL_SERVICE_URL', 'an address such as http://127.0.0.1:9000', parseUrl),
    dataDir: read('DATA_DIR', 'a folder', (text) => text || undefined),
    operatorToken: read('OPERATOR_TOKEN_FILE', 'a readable file with the operator token', readToken),
    slice: env.CUTOVER_SLICE || null,
  };
  if (failures.length > 0) {
    throw new CutoverError('invalid_environment', "the backend's environment is not usable", {
      exitCode: exitCodes.usage,
      details: failures,
    });
  }
  return settings;
}

function readLimits(text: string | undefined, failures: string[]): RiskLimits {
  const read = readJson(limitsShape, text ?? '');
  if ('value' in read) return read.value;
  const found = text === undefined ? ['expected JSON with all four limits; received nothing'] : read.failures;
  failures.push(...found.map((failure) => `RISK_LIMITS: ${failure}`));
  return { maxOrderUsd: 0, maxPositionUsd: 0, maxDrawdown: 0, maxOrdersPerMinute: 0 };
}

function parseSymbols(text: string): string[] | undefined {
  const symbols = text.split(',');
  return symbols.every((symbol) => /^[A-Z0-9]{2,20}$/.test(symbol)) ? symbols : undefined;
}

function parseFraction(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : undefined;
}

function parseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? text.replace(/\/+$/, '') : undefined;
}

/** An empty token would let in every request with an empty one. */
function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
