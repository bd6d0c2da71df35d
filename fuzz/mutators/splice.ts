import { type Mutator, positionIn } from './mutator';

/** The beginning of one honest document with the end of another. */
export const splice: Mutator = {
  name: 'splice',
  mutate({ random, document, all }) {
    const other = random.pick(all);
    return Buffer.concat([
      document.subarray(0, positionIn(document, random)),
      other.subarray(positionIn(other, random)),
    ]);
  },
};
