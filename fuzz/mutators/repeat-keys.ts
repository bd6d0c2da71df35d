import type { Mutator } from './mutator';

/** A document with one of its keys given twice, in the same or another writing, or with one that reaches a prototype. */
export const repeatKeys: Mutator = {
  name: 'repeat-keys',
  mutate({ random, document }) {
    const text = document.toString('utf8');
    const keys = [...text.matchAll(/"([a-z]\w*)":/gi)];
    const key = keys.length > 0 ? random.pick(keys)[1]! : 'payload';
    const escaped = `\\u00${key.charCodeAt(0).toString(16).padStart(2, '0')}${key.slice(1)}`;
    const name = random.pick([key, escaped, '__proto__', 'constructor', 'prototype', '\\u005f_proto__']);
    const value = random.pick(['null', '""', '[]', '{"passed":true}', 'true']);
    const objects = [...text.matchAll(/\{/g)].map(({ index }) => index);
    const at = objects.length > 0 ? random.pick(objects) : 0;
    return Buffer.from(`${text.slice(0, at)}{"${name}":${value},${text.slice(at + 1)}`);
  },
};
