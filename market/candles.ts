import { CutoverError, exitCodes } from '../errors';

/** One closed candle. `time` is its opening time in milliseconds since the epoch; prices are in the quote currency. */
export interface Candle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** A gap-free run of candles of one symbol. `intervalSeconds` is the length of each. */
export interface CandleSeries {
  readonly intervalSeconds: number;
  readonly candles: readonly Candle[];
}

/** A market starts with this many closed candles, so that features can be computed from the first moment on. */
export const preRollCandles = 128;

const header = 'time,open,high,low,close,volume';
const shownFailures = 5;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * Reads recorded candles from CSV (`time,open,high,low,close,volume`, time in RFC 3339, oldest first, none missing).
 * @param text the file's content
 * @param name what to call the file in messages
 * @throws CutoverError `malformed_candles`, naming the first failing lines, what was expected and what came
 */
export function parseCandles(text: string, name: string): CandleSeries {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const failures: string[] = [];
  if (lines[0] !== header) {
    failures.push(`line 1: expected the header "${header}", received ${JSON.stringify((lines[0] ?? '').slice(0, 80))}`);
  }
  const candles: Candle[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const failure = readCandle(line, candles);
    if (failure) failures.push(`line ${index + 1}: ${failure}`);
  }
  if (failures.length === 0 && candles.length < 2)
    failures.push(`expected at least 2 candles, received ${candles.length}`);
  if (failures.length === 0) failures.push(...findGaps(candles));
  if (failures.length > 0) {
    const more = failures.length - shownFailures;
    throw new CutoverError('malformed_candles', `${name} does not hold recorded candles`, {
      exitCode: exitCodes.usage,
      details: [...failures.slice(0, shownFailures), ...(more > 0 ? [`and ${more} more lines`] : [])],
    });
  }
  return { intervalSeconds: (candles[1]!.time - candles[0]!.time) / 1000, candles };
}

function readCandle(line: string, candles: Candle[]): string | undefined {
  const fields = line.split(',');
  if (fields.length !== 6) return `expected 6 fields, received ${fields.length}`;
  // A time without its zone would mean another moment on another machine.
  const time = rfc3339.test(fields[0]!) ? Date.parse(fields[0]!) : Number.NaN;
  if (!Number.isFinite(time))
    return `expected a time such as 2018-01-10T04:55:00Z, received ${JSON.stringify(fields[0])}`;
  const previous = candles.at(-1);
  if (previous && time <= previous.time) return `expected a time after the line before, received ${fields[0]}`;
  const [open, high, low, close, volume] = fields
    .slice(1)
    .map((field) => (field.trim() === '' ? Number.NaN : Number(field)));
  for (const [field, value] of Object.entries({ open, high, low, close })) {
    if (value === undefined || !Number.isFinite(value) || value <= 0)
      return `expected ${field} to be a number over 0, received ${JSON.stringify(fields[header.split(',').indexOf(field)])}`;
  }
  if (volume === undefined || !Number.isFinite(volume) || volume < 0)
    return `expected volume to be a number, 0 or more, received ${JSON.stringify(fields[5])}`;
  if (high! < Math.max(open!, low!, close!)) return `expected high to be the highest price, received ${fields[2]}`;
  if (low! > Math.min(open!, close!)) return `expected low to be the lowest price, received ${fields[3]}`;
  candles.push({ time, open: open!, high: high!, low: low!, close: close!, volume });
  return undefined;
}

/** A missing candle would shift every feature that looks back over it. */
function findGaps(candles: readonly Candle[]): string[] {
  const step = candles[1]!.time - candles[0]!.time;
  return candles.flatMap(({ time }, index) => {
    const found = index === 0 ? step : time - candles[index - 1]!.time;
    if (found === step) return [];
    return `line ${index + 2}: expected the candle ${step / 1000} s after the line before, received it ${found / 1000} s after`;
  });
}
