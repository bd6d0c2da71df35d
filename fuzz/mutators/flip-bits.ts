import { type Mutator, positionIn } from './mutator';

/** One to eight bits of a document. */
export const flipBits: Mutator = {
  name: 'flip-bits',
  mutate({ random, document }) {
    const bytes = Buffer.from(document);
    for (let left = random.whole(1, 8); left > 0; left -= 1)
      bytes[positionIn(bytes, random)]! ^= 1 << random.whole(0, 7);
    return bytes;
  },
};
