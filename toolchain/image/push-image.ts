import type Docker from 'dockerode';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { BuiltImage } from './built-image';
import { followDaemon, withoutTimeout } from './daemon-stream';
import { loadImage } from './load-image';
import { hexOf } from './manifest';
import type { RegistryLogin } from './registry-login';
import type { Repository } from './repository';

/**
 * Pushes an image through the daemon, loading it there first.
 * @returns what to pin: `REPOSITORY@sha256:...`, by the digest that the registry has
 * @throws CutoverError `push_failed` (exit code 5) when the registry cannot be reached or refuses
 */
export async function pushImage(
  docker: Docker,
  image: BuiltImage,
  to: Repository,
  login: RegistryLogin | undefined,
): Promise<string> {
  const known = await loadImage(docker, image);
  const tag = to.tag ?? hexOf(image.id).slice(0, 12);
  const patient = withoutTimeout(docker);
  try {
    await patient.getImage(known).tag({ repo: to.name, tag });
    const lines = await followDaemon(
      await patient
        .getImage(`${to.name}:${tag}`)
        .push({ authconfig: login ?? { username: '', password: '', serveraddress: '' } }),
    );
    const digest = lines.find(({ aux }) => aux?.Digest)?.aux?.Digest;
    if (!digest) throw new Error('the daemon names no digest of what it pushed');
    return `${to.name}@${digest}`;
  } catch (error) {
    throw new CutoverError('push_failed', `${to.registry} did not take ${to.name}:${tag}: ${messageOf(error)}`, {
      exitCode: exitCodes.missing,
      details: [
        login
          ? `it was asked as the user ${JSON.stringify(login.username)} of Docker's config; docker login ${to.registry} names another`
          : `Docker's config has no login for it: docker login ${to.registry}`,
        'the daemon, not this machine, talks to the registry: it must reach it, by https unless it is told otherwise',
      ],
      cause: error,
    });
  }
}
