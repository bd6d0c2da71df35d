import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { cacheFolder } from '../cache';
import { withLock } from '../lock';
import { writeArchive } from './archive';
import { type BuiltImage, digestShipped, recordImage } from './built-image';
import { readBundle, readSources } from './bundle';
import type { LayerPlan } from './entry';
import { describeImage, hexOf, type Layer } from './manifest';
import { planCode, planModules, readInstalled, shippedPackages } from './package-layers';
import { planRuntime, type Runtime } from './runtime-layer';
import { describeMaterials } from './sbom';
import { systemPackages } from './system-packages';
import { writeTar } from './tar-file';

const unfinished = '.build-';
/** An archive is some 150 MB: only so many of the newest are kept. */
const keptArchives = 3;

/** The folder of built images; see `cacheFolder`. */
const imagesFolder = (): string => path.join(cacheFolder(process.env), 'images');

/** The layers of the image in their order, and the versions of what is in Node.js. Throws as `buildImage` does. */
export async function planImage(root: string, runtime?: Runtime) {
  const { layer, versions } = runtime ?? (await planRuntime(root));
  return { layers: [layer, planModules(root), planCode(root, readBundle(root))], versions };
}

/**
 * Builds the one image of the shipped workloads from `dist/`, the installed packages and this machine's Node.js, without
 * a daemon and without a registry: the same input gives the same id. Of two runs at once one waits.
 * @param root the project's folder
 * @param log is told what goes on
 * @param runtime the layer with Node.js; made of this machine's unless given
 * @throws CutoverError `image_dist_missing`, `image_unsupported`, `image_library_missing`, `image_incomplete` or
 *   `image_cache` (exit code 5)
 */
export async function buildImage(root: string, log: (message: string) => void, runtime?: Runtime): Promise<BuiltImage> {
  const sources = readSources(root);
  const contents = digestShipped(root);
  const plan = await planImage(root, runtime);
  const folder = imagesFolder();
  const onWait = (seconds: number) => log(`another run is building an image; waiting for it, ${seconds} s`);
  try {
    return await withLock(path.join(folder, 'lock'), { onWait }, async () => {
      await clearUnfinished(folder);
      const work = await mkdtemp(path.join(folder, unfinished));
      try {
        const image = await writeImage(root, plan, sources, { folder, work });
        recordImage(root, image, contents);
        log(`image ${image.id}: ${Math.round(image.size / 1e6)} MB in ${plan.layers.length} layers`);
        return image;
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    });
  } catch (error) {
    if (error instanceof CutoverError) throw error;
    throw new CutoverError('image_cache', `the image cannot be written to ${folder}: ${messageOf(error)}`, {
      exitCode: exitCodes.missing,
      details: ['CUTOVER_CACHE names another folder; some 500 MB are needed'],
      cause: error,
    });
  }
}

async function writeImage(
  root: string,
  plan: Awaited<ReturnType<typeof planImage>>,
  sources: string,
  { folder, work }: { folder: string; work: string },
): Promise<BuiltImage> {
  const digests = new Map<string, string>();
  const layers: (Layer & { file: string })[] = [];
  for (const layer of plan.layers) {
    const file = path.join(work, `${layer.name}.tar`);
    const written = await writeTar(file, tarEntriesOf(layer));
    for (const [name, digest] of written.files) digests.set(`/${name}`, digest);
    layers.push({ name: layer.name, file, digest: written.digest, size: written.size });
  }
  const documents = describeImage(layers, process.arch);
  const { id } = documents;
  const named = (suffix: string) => path.join(folder, `${hexOf(id)}${suffix}`);
  const [archive, sbom] = [named('.tar'), named('.cdx.json')];
  await writeArchive(path.join(work, 'archive.tar'), documents, layers);
  const bill = describeMaterials({
    root,
    id,
    versions: plan.versions,
    layers: plan.layers,
    digests,
    modules: shippedPackages.map((name) => readInstalled(root, name)),
    system: await systemPackages(librariesOf(plan.layers[0]!)),
  });
  await writeFile(path.join(work, 'sbom.json'), `${JSON.stringify(bill, null, 2)}\n`);
  await rename(path.join(work, 'sbom.json'), sbom);
  await rename(path.join(work, 'archive.tar'), archive);
  await forgetOld(folder, hexOf(id));
  const size = layers.reduce((sum, layer) => sum + layer.size, 0);
  return { id, manifest: documents.manifestDigest, archive, sbom, sources, size };
}

/** The entries of a layer as a tar has them. */
export function tarEntriesOf({ entries }: LayerPlan) {
  return entries.map(({ path: name, ...rest }) => ({ name: name.slice(1), ...rest }));
}

/** The files of a layer that were copied from where they lie on this machine. */
function librariesOf({ entries }: LayerPlan): string[] {
  return entries.flatMap(({ path: name, content }) =>
    content && !Buffer.isBuffer(content) && content.copyOf === name ? [name] : [],
  );
}

/** What a run that was killed has left. Only under the lock. */
async function clearUnfinished(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name.startsWith(unfinished)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

/** Removes all but the newest images, of which `kept` counts as one. A run that reads one just then keeps its file. */
async function forgetOld(folder: string, kept: string): Promise<void> {
  const now = new Date();
  await utimes(path.join(folder, `${kept}.tar`), now, now);
  const archives = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.tar$/.test(name));
  const dated = await Promise.all(
    archives.map(async (name) => ({ name, at: (await stat(path.join(folder, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(keptArchives)) {
    const stem = path.join(folder, path.basename(name, '.tar'));
    await Promise.all([`${stem}.tar`, `${stem}.cdx.json`].map((file) => rm(file, { force: true })));
  }
}
