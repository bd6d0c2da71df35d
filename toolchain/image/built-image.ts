import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { notBuilt, readBundle, readSources } from './bundle';
import type { Sha256 } from './manifest';
import { shippedOutputs } from './package-layers';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/) as unknown as z.ZodType<Sha256>;
const form = z.object({
  /** SHA-256 of the image's config, by which Docker knows it. */
  id: digest,
  /** SHA-256 of its manifest, by which a daemon with containerd's image store knows it. */
  manifest: digest,
  /** The archive for `docker load`, in the cache: it can be gone at any time. */
  archive: z.string(),
  /** The bill of materials, CycloneDX JSON, beside the archive. */
  sbom: z.string(),
  /** Digest of the sources that dist/ was built from. */
  sources: z.string(),
  /** Bytes of all layers, not compressed. */
  size: z.number(),
});
const recordForm = form.extend({ contents: z.string() });

/** An image of the shipped workloads. */
export type BuiltImage = z.output<typeof form>;

const recordFile = (root: string): string => path.join(root, 'dist', 'image.json');

/**
 * The image that was built last, if it was built from exactly this dist/ and its archive is still there.
 * @param root the project's folder
 */
export function readImage(root: string): BuiltImage | undefined {
  try {
    const { contents, ...image } = recordForm.parse(JSON.parse(readFileSync(recordFile(root), 'utf8')));
    const isCurrent = image.sources === readSources(root) && contents === digestShipped(root);
    return isCurrent && existsSync(image.archive) && existsSync(image.sbom) ? image : undefined;
  } catch {
    return undefined; // none, or one that says nothing: it is made anew
  }
}

/**
 * Notes what was built of this dist/, in one step.
 * @param contents by `digestShipped` before the build began, so that a dist/ that changed meanwhile is not taken for it
 */
export function recordImage(root: string, image: BuiltImage, contents: string): void {
  const fresh = `${recordFile(root)}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify({ ...image, contents }, null, 2)}\n`);
  renameSync(fresh, recordFile(root));
}

/** One digest over every file of dist/ that goes into the image. @throws CutoverError `image_dist_missing` (exit code 5) */
export function digestShipped(root: string): string {
  const hash = createHash('sha256');
  for (const file of shippedOutputs(readBundle(root))) {
    const bytes = readOutput(root, file);
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function readOutput(root: string, file: string): Buffer {
  try {
    return readFileSync(path.join(root, 'dist', file));
  } catch (error) {
    throw notBuilt(root, error);
  }
}
