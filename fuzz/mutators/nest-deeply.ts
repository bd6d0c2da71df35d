import type { Mutator } from './mutator';

/** Lists or objects within each other, thirty to a hundred thousand deep, alone or in the place of a payload. */
export const nestDeeply: Mutator = {
  name: 'nest-deeply',
  mutate({ random, document }) {
    const depth = random.whole(30, random.pick([100, 1_000, 100_000]));
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    const nested = `${open.repeat(depth)}1${close.repeat(random.pick([depth, depth - 1, 0]))}`;
    if (random.chance(0.5)) return Buffer.from(nested);
    return Buffer.from(document.toString('utf8').replace('{', () => `{"a":${nested},`));
  },
};
