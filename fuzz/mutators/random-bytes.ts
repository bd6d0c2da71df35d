import { bytesOf, type Mutator } from './mutator';

/** Bytes that were never a document, up to two thousand. */
export const randomBytes: Mutator = {
  name: 'random-bytes',
  mutate: ({ random }) => bytesOf(random.whole(0, random.pick([4, 64, 2_000])), random),
};
