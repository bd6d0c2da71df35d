import type { Mutator } from './mutator';

/** A document made large: padded, or with one of its texts a hundred thousand characters long. */
export const grow: Mutator = {
  name: 'grow',
  mutate({ random, document }) {
    const length = random.whole(1, random.pick([1_000, 100_000, 400_000]));
    const filler = random.pick([' ', '\n', '"', '\\', '0', '\u00e9']).repeat(length);
    const text = document.toString('utf8');
    if (random.chance(0.5)) return Buffer.from(text + filler);
    return Buffer.from(text.replace('": "', () => `": "${filler}`));
  },
};
