import { z } from 'zod';

/**
 * The lines of a log that were written in a window, both ends included. A line without a time of its own, as of a crash,
 * is of the time of the line before. Pure.
 * @param from milliseconds since the epoch, as `to`
 */
export function linesBetween(log: string, from: number, to: number): string {
  let isInside = false;
  const inside = log.split('\n').filter((line) => {
    const at = timeOf(line);
    if (at !== undefined) isInside = at >= from && at <= to;
    return isInside && line !== '';
  });
  return inside.map((line) => `${line}\n`).join('');
}

/** A time as RFC 3339 writes it, in milliseconds since the epoch; undefined for anything else. */
export function parseTime(text: string): number | undefined {
  return z.iso.datetime({ offset: true }).safeParse(text).success ? Date.parse(text) : undefined;
}

function timeOf(line: string): number | undefined {
  try {
    const time = (JSON.parse(line) as { time?: unknown } | null)?.time;
    return typeof time === 'string' ? parseTime(time) : undefined;
  } catch {
    return undefined; // no JSON
  }
}
