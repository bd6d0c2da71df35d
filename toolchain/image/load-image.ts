import type Docker from 'dockerode';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { BuiltImage } from './built-image';
import { followDaemon, withoutTimeout } from './daemon-stream';

/**
 * Sees to it that the daemon has the image; does nothing where it has.
 * @returns the id by which this daemon knows it: the image's, or with containerd's image store its manifest's
 * @throws CutoverError `image_load_failed` (exit code 5) with the daemon's words
 */
export async function loadImage(docker: Docker, image: BuiltImage): Promise<BuiltImage['id']> {
  const known = await findIn(docker, image);
  if (known) return known;
  try {
    const patient = withoutTimeout(docker);
    await followDaemon(await patient.loadImage(image.archive));
  } catch (error) {
    throw failed(`the daemon did not take the image from ${image.archive}: ${messageOf(error)}`, error);
  }
  const loaded = await findIn(docker, image);
  if (loaded) return loaded;
  throw failed(`the daemon took ${image.archive}, and has no image ${image.id}: remove that file and build again`);
}

async function findIn(docker: Docker, { id, manifest }: BuiltImage): Promise<BuiltImage['id'] | undefined> {
  for (const digest of [id, manifest]) {
    try {
      if ((await docker.getImage(digest).inspect()).Id === digest) return digest;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode !== 404) {
        throw failed(`the daemon does not say whether it has the image: ${messageOf(error)}`, error);
      }
    }
  }
  return undefined;
}

const failed = (message: string, cause?: unknown) =>
  new CutoverError('image_load_failed', message, {
    exitCode: exitCodes.missing,
    details: ['docker info shows whether the daemon answers and has room; DOCKER_HOST names another'],
    cause,
  });
