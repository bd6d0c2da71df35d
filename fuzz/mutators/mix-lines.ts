import type { Mutator } from './mutator';

/** The lines of a document in another order, with some left out, given twice, or taken from another document. */
export const mixLines: Mutator = {
  name: 'mix-lines',
  mutate({ random, document, all }) {
    const linesOf = (bytes: Buffer) => bytes.toString('latin1').split('\n').filter(Boolean);
    // A line of a document of lines is JSON itself.
    const lines = linesOf(document);
    if (!lines.every((line) => line.startsWith('{'))) return undefined;
    const others = linesOf(random.pick(all));
    for (let left = random.whole(1, 3); left > 0; left -= 1) {
      const at = random.whole(0, lines.length);
      const put = random.pick([[], [random.pick(lines)], [random.pick(others)]]);
      lines.splice(at, random.whole(0, 1), ...put.map(String));
      if (lines.length === 0) break;
    }
    return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
  },
};
