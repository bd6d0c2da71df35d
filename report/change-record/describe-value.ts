import { shorten } from './escape';

/** How much of one value is shown, characters. */
const mostShown = 160;
/** How much of a digest is shown: all of it stands in the JSON. */
const shortDigest = /\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b/g;

/** The two values of a change, as short as they can be told apart. */
export function describePair(from: unknown, to: unknown): [string, string] {
  const short = [from, to].map((value) => shorten(describeValue(value).replace(shortDigest, '$1…'), mostShown));
  if (short[0] !== short[1]) return [short[0]!, short[1]!];
  // What differs lies behind what was left out, or is not a value that reads as another.
  const [one, other] = [JSON.stringify(from) ?? String(from), JSON.stringify(to) ?? String(to)];
  let at = 0;
  while (at < Math.min(one.length, other.length) && one[at] === other[at]) at += 1;
  const start = Math.max(0, at - 20);
  const show = (text: string) => shorten(`${start > 0 ? '…' : ''}${text.slice(start)}`, mostShown);
  return [show(one), show(other)];
}

/** A value as text: a plain one as it is, others by their parts, the rest as JSON. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length === 1 && isRecord(value[0])) return describeValue(value[0]);
  if (Array.isArray(value) && value.length > 0 && value.every(isWord)) return value.join(', ');
  if (isRecord(value)) {
    const parts = Object.entries(value).map(([key, part]) => `${key} ${isWord(part) ? part : toJson(part)}`);
    return parts.join(', ') || '{}';
  }
  return toJson(value);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w./:@-]+$/.test(value);
const toJson = (value: unknown): string => JSON.stringify(value) ?? String(value);
