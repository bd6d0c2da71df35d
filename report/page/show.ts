// How values are written on the page. All pure; times are milliseconds since the epoch, shown in UTC.

/** A time to the second, such as `2026-01-02 03:04:05`. A time that no calendar has is said to be none. */
export function showTime(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? `no time (${at})` : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** A span of time in its two largest units. @param ms milliseconds */
export function showSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([amount]) => amount > 0);
  return units
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** A fraction as a percentage. */
export const showPercent = (fraction: number, digits = 3) => `${(fraction * 100).toFixed(digits)} %`;

export const showUsd = (usd: number) => `${groupDigits(usd.toFixed(2))} USD`;

/** A whole number with its thousands apart. */
export const showCount = (count: number) => groupDigits(String(count));

/** A number with three significant digits. */
export const showNumber = (value: number) =>
  Number.isInteger(value) ? groupDigits(String(value)) : String(Number(value.toPrecision(3)));

/** `1 order`, `2 orders`. */
export const countOf = (count: number, one: string, many = `${one}s`) =>
  `${showCount(count)} ${count === 1 ? one : many}`;

/** The first 12 digits of a digest. */
export const shortDigest = (digest: string) => digest.replace(/^sha256:/, '').slice(0, 12);

function groupDigits(text: string): string {
  const [whole, rest] = text.split('.');
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ' ');
  return rest === undefined ? grouped : `${grouped}.${rest}`;
}
