import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';

/** A SHA-256 digest, written `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

/** Whether a text is a well-formed digest. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest of bytes. */
export function digestBytes(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The digest of a file's content. @throws the file system's error when it cannot be read */
export function digestFile(file: string): Digest {
  return digestBytes(readFileSync(file));
}

/**
 * Makes a digest be computed once for each object: decisions ask for those of the same few postures again and again.
 * @param digest of values that never change; every value of the domain is read-only
 */
export function rememberDigest<Value extends object>(digest: (value: Value) => Digest): (value: Value) => Digest {
  const known = new WeakMap<Value, Digest>();
  return (value) => {
    const found = known.get(value) ?? digest(value);
    known.set(value, found);
    return found;
  };
}

/**
 * The digest of a JSON value in its canonical form (RFC 8785), so that the order of keys and the writing of numbers
 * do not matter and everything else does.
 * @throws TypeError when the value is not JSON
 */
export function digestOf(value: unknown): Digest {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a digest');
  return digestBytes(text);
}
