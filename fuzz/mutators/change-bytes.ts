import { bytesOf, type Mutator, positionIn } from './mutator';

/** Bytes set, put in or taken out at one to four places. */
export const changeBytes: Mutator = {
  name: 'change-bytes',
  mutate({ random, document }) {
    let bytes = document;
    for (let left = random.whole(1, 4); left > 0; left -= 1) {
      const at = positionIn(bytes, random);
      const [put, gone] = [bytesOf(random.whole(0, 4), random), random.whole(0, 4)];
      bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)]);
    }
    return bytes;
  },
};
