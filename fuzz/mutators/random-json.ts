import type { Random } from '../../simulate/random';
import type { Mutator } from './mutator';

/** The names that our documents use, and some that careless code trips over. */
const names = ['payloadType', 'payload', 'signatures', 'sig', 'keyid', '_type', 'toString', 'length', 'then', ''];
const texts = [
  '',
  'application/vnd.in-toto+json',
  'e30=',
  'null',
  '\u0000',
  '\ud83d\ude00',
  'https://in-toto.io/Statement/v1',
];
const numbers = [0, -0, 1, -1, 0.1, 1e308, 5e-324, 2 ** 53, -(2 ** 63)];

/** A JSON document of any shape, of the words that ours are made of. */
export const randomJson: Mutator = {
  name: 'random-json',
  mutate: ({ random }) => Buffer.from(JSON.stringify(anyValue(random, 4))),
};

function anyValue(random: Random, depth: number): unknown {
  const kind = random.whole(0, depth > 0 ? 6 : 4);
  if (kind === 5) return Array.from({ length: random.whole(0, 9) }, () => anyValue(random, depth - 1));
  if (kind === 6) {
    return Object.fromEntries(
      Array.from({ length: random.whole(0, 5) }, () => [random.pick(names), anyValue(random, depth - 1)]),
    );
  }
  return [null, random.chance(0.5), random.pick(numbers), random.pick(texts), random.pick(names)][kind];
}
