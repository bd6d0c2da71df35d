import { z } from 'zod';

/**
 * What a folder holds, by path below it. `version` is equal only for the same content; `from` is where what is sent of a
 * file begins, and absent where nothing is: the receiver has it all.
 */
const manifestForm = z.record(
  z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/),
  z.object({ version: z.string(), size: z.int().min(0), from: z.int().min(0).optional() }),
);
export type Manifest = z.output<typeof manifestForm>;

/** The name of the entry of an archive that says what else is in it; always the first. */
export const manifestEntry = 'manifest.json';

/** @throws Error when it is none, or names a file outside of its folder */
export const parseManifest = (text: string): Manifest => manifestForm.parse(JSON.parse(text));
