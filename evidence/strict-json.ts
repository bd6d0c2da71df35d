/** The nesting that a document may have; ours have less than ten levels. */
const maxDepth = 32;

/** Names that would reach an object's prototype in careless code further on. No document of ours has them. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

const space = /[ \t\n\r]*/y;
// Finds the end only; what stands between the quotes is for JSON.parse to judge. No alternative overlaps the other, so
// that the time is linear in the length.
const string = /"(?:[^"\\]|\\[\s\S])*"/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literal = /true|false|null/y;

/**
 * Parses JSON that somebody else may have written: two readers of one text must never see two documents. Refused are
 * what `JSON.parse` lets pass: keys given twice, keys that reach a prototype, deep nesting, numbers that overflow,
 * text that is not well-formed Unicode. The time is linear in the length, which the caller bounds.
 * @throws SyntaxError that says what was found, and where
 */
export function parseStrictJson(bytes: string | Uint8Array): unknown {
  return new Reader(typeof bytes === 'string' ? bytes : decodeUtf8(bytes)).document();
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError('expected UTF-8', { cause });
  }
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): unknown {
    const value = this.value(0);
    this.take(space);
    if (this.at !== this.text.length) throw this.unexpected('the end of the document');
    return value;
  }

  private value(depth: number): unknown {
    if (depth > maxDepth) throw new SyntaxError(`nested more than ${maxDepth} levels deep`);
    this.take(space);
    const first = this.text[this.at];
    if (first === '{') return this.object(depth);
    if (first === '[') return this.array(depth);
    if (first === '"') return this.string();
    const word = this.take(literal);
    if (word !== undefined) return word === 'null' ? null : word === 'true';
    const digits = this.take(number);
    if (digits === undefined) throw this.unexpected('a value');
    const parsed = Number(digits);
    if (!Number.isFinite(parsed)) throw new SyntaxError(`a number is too large, at character ${this.at}`);
    return parsed;
  }

  private object(depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const _ of this.items('}')) {
      this.take(space);
      const key = this.string();
      if (forbiddenKeys.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key)} is not allowed`);
      if (Object.hasOwn(result, key)) throw new SyntaxError(`the key ${JSON.stringify(key)} is given twice`);
      this.take(space);
      if (this.text[this.at] !== ':') throw this.unexpected("':'");
      this.at += 1;
      result[key] = this.value(depth + 1);
    }
    return result;
  }

  private array(depth: number): unknown[] {
    const result: unknown[] = [];
    for (const _ of this.items(']')) result.push(this.value(depth + 1));
    return result;
  }

  /** Steps over a bracket, then once for each item, over the commas between them, and over the closing bracket. */
  private *items(close: string): Generator<void> {
    this.at += 1;
    this.take(space);
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    while (true) {
      yield;
      this.take(space);
      const next = this.text[this.at];
      if (next !== ',' && next !== close) throw this.unexpected(`',' or '${close}'`);
      this.at += 1;
      if (next === close) return;
    }
  }

  private string(): string {
    const quoted = this.take(string);
    if (quoted === undefined) throw this.unexpected('a string');
    const parsed = JSON.parse(quoted) as string;
    if (!parsed.isWellFormed()) throw new SyntaxError(`half a surrogate pair before character ${this.at}`);
    return parsed;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private unexpected(expected: string): SyntaxError {
    const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'the end';
    return new SyntaxError(`expected ${expected} at character ${this.at}, found ${found}`);
  }
}
