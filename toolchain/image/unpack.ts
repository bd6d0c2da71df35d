import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../errors';
import { planImage } from './build-image';
import type { Runtime } from './runtime-layer';

/**
 * Writes the image's files to a folder, a folder a layer: what the Dockerfile copies, so that both ways to an image have
 * one layout.
 * @param folder must be empty or missing
 * @param runtime as `buildImage` takes it
 * @returns the layers' folders, the lowest first
 * @throws CutoverError `usage` (exit code 2) when something is in the folder, else what `buildImage` throws
 */
export async function unpackLayers(root: string, folder: string, runtime?: Runtime): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new CutoverError('usage', `unpack: expected an empty folder, received ${folder}`, {
      exitCode: exitCodes.usage,
    });
  }
  const { layers } = await planImage(root, runtime);
  for (const { name, entries } of layers) {
    for (const { path: target, mode, content } of entries) {
      const file = path.join(folder, name, target);
      if (!content) await mkdir(file, { recursive: true });
      else if (Buffer.isBuffer(content)) await writeFile(file, content);
      else await copyFile(content.copyOf, file);
      await chmod(file, mode); // whatever the umask is
    }
  }
  return layers.map(({ name }) => path.join(folder, name));
}
