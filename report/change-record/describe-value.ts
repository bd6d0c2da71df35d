import { shorten } from './escape';

/** How much of one value is shown, characters. */
const mostShown = 160;
/** How much of each part of a value that is longer: none of them hides those after it. */
const mostOfPart = 50;
/** How much of such a value in all. */
const mostOfParts = 260;
/** How much of a digest is shown: all of it stands in the JSON. */
const shortDigest = /\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b/g;

/** The two values of a change, as short as they can be told apart. */
export function describePair(from: unknown, to: unknown): [string, string] {
  const short = [from, to].map(shortenValue);
  if (short[0] !== short[1]) return [short[0]!, short[1]!];
  // What differs lies behind what was left out, or is not a value that reads as another.
  const [one, other] = [JSON.stringify(from) ?? String(from), JSON.stringify(to) ?? String(to)];
  let at = 0;
  while (at < Math.min(one.length, other.length) && one[at] === other[at]) at += 1;
  const start = Math.max(0, at - 20);
  const show = (text: string) => shorten(`${start > 0 ? '…' : ''}${text.slice(start)}`, mostShown);
  return [show(one), show(other)];
}

function shortenValue(value: unknown): string {
  const parts = partsOf(value);
  const text = parts ? parts.map(([key, part]) => `${key} ${part}`).join(', ') || '{}' : describeValue(value);
  if (!parts || text.length <= mostShown) return shorten(text, mostShown);
  return shorten(parts.map(([key, part]) => `${key} ${shorten(part, mostOfPart)}`).join(', '), mostOfParts);
}

/** The named parts of a value, as text; null where it has none. */
function partsOf(value: unknown): [name: string, text: string][] | null {
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (!isRecord(one)) return null;
  return Object.entries(one).map(([key, part]) => [key, shortenDigests(isWord(part) ? part : toJson(part))]);
}

/** A value without named parts as text: a plain one as it is, the rest as JSON. */
function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return shortenDigests(value);
  const isList = Array.isArray(value) && value.length > 0 && value.every(isWord);
  return shortenDigests(isList ? value.join(', ') : toJson(value));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWord = (value: unknown): value is string => typeof value === 'string' && /^[\w./:@-]+$/.test(value);
const toJson = (value: unknown): string => JSON.stringify(value) ?? String(value);
const shortenDigests = (text: string): string => text.replace(shortDigest, '$1…');
