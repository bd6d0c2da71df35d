import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { CutoverError, exitCodes, messageOf } from '../../errors';

const names = z.array(z.string());
const form = z.object({
  outputs: z.record(z.string(), z.object({ packages: names, requires: names })),
  packages: z.record(z.string(), z.object({ name: z.string(), version: z.string(), license: z.string().nullable() })),
});

/** What the build wrote of its bundles. */
export type BundleContents = z.output<typeof form>;

/** @throws CutoverError `image_dist_missing` (exit code 5) without a whole dist/ */
export function readBundle(root: string): BundleContents {
  try {
    return form.parse(JSON.parse(readFileSync(path.join(root, 'dist', 'bundle.json'), 'utf8')));
  } catch (error) {
    throw notBuilt(root, error);
  }
}

/** The digest of the sources that dist/ was built from. @throws CutoverError `image_dist_missing` (exit code 5) */
export function readSources(root: string): string {
  try {
    return z
      .object({ sources: z.string().min(1) })
      .parse(JSON.parse(readFileSync(path.join(root, 'dist', 'stamp.json'), 'utf8'))).sources;
  } catch (error) {
    throw notBuilt(root, error);
  }
}

/** Something of a build is missing. */
export const notBuilt = (root: string, cause: unknown) =>
  new CutoverError('image_dist_missing', `expected a whole build in ${path.join(root, 'dist')}: ${messageOf(cause)}`, {
    exitCode: exitCodes.missing,
    details: ['npm run build'],
    cause,
  });
