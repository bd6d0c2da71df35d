/** The nesting that a document may have; ours have less than ten levels. */
const maxDepth = 32;

/** Names that would reach an object's prototype in careless code further on. No document of ours has them. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON that somebody else may have written: two readers of one text must never see two documents. Refused are
 * what `JSON.parse` lets pass: keys given twice, keys that reach a prototype, deep nesting, numbers that overflow,
 * text that is not well-formed Unicode. The time is linear in the length, which the caller bounds.
 * @throws SyntaxError that says what was found
 */
export function parseStrictJson(bytes: string | Uint8Array): unknown {
  const text = typeof bytes === 'string' ? bytes : decodeUtf8(bytes);
  // It neither recurses nor runs anything, and makes what reaches a prototype a key like any other.
  const value: unknown = JSON.parse(text);
  const kept = countKeys(value, 0);
  // Of a key that is given twice only the last is kept, and no key comes from elsewhere.
  const given = countColons(text);
  if (given !== kept)
    throw new SyntaxError(`a key is given twice in one object: ${given} are given, ${kept} are different`);
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new SyntaxError('expected UTF-8', { cause });
  }
}

const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];

/** The number of colons outside strings in a text that is JSON: each stands behind one key. */
function countColons(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === colon) count += 1;
    else if (code === quote) at = endOfString(text, at + 1);
  }
  return count;
}

/** Where the string that begins here ends. Most of a document is one long string, which is best searched at once. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

/** The number of keys in a value and in all that it holds. @throws SyntaxError for what no document may hold */
function countKeys(value: unknown, depth: number): number {
  if (depth > maxDepth) throw new SyntaxError(`nested more than ${maxDepth} levels deep`);
  if (typeof value === 'string') requireWellFormed(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SyntaxError('a number is too large');
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item, depth + 1);
    return count;
  }
  for (const key of Object.keys(value)) {
    if (forbiddenKeys.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key)} is not allowed`);
    requireWellFormed(key);
    count += 1 + countKeys((value as Record<string, unknown>)[key], depth + 1);
  }
  return count;
}

function requireWellFormed(text: string): void {
  if (!text.isWellFormed()) throw new SyntaxError(`half a surrogate pair in ${JSON.stringify(text.slice(0, 100))}`);
}
