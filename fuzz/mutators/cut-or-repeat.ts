import { type Mutator, positionIn } from './mutator';

/** A piece of a document left out, given twice, or given alone. */
export const cutOrRepeat: Mutator = {
  name: 'cut-or-repeat',
  mutate({ random, document }) {
    const [one, other] = [positionIn(document, random), positionIn(document, random)];
    const [from, to] = [Math.min(one, other), Math.max(one, other)];
    const [before, piece, after] = [document.subarray(0, from), document.subarray(from, to), document.subarray(to)];
    return Buffer.concat(random.pick([[before], [piece], [before, after], [before, piece, piece, after]]));
  },
};
