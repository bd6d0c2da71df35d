import type Docker from 'dockerode';
import type { Config } from '../config';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { packageDir } from '../package-dir';
import { buildImage, loadImage, readImage } from '../toolchain/image';
import { connect, describeDaemonProblem } from './docker/client';
import { currentDaemon, describeUnusable, isRemote } from './docker/daemon';
import { describeMoved } from './docker/host';
import { describeKeptHere } from './docker/kept-here';
import { describeForeignFiles, describeOwnFiles } from './docker/shares-files';
import { findSocketGroup } from './docker/socket-there';
import { describeClusterProblem } from './kubernetes/cluster-problem';
import { namespaceOf } from './kubernetes/names';
import type { StackPlace } from './platform';

/**
 * Sees to what a stack's platform needs before the engine starts: on Docker a daemon that answers, and the
 * images of the workloads in it. Ours is built first where it is not yet; those of the user's own programs are pulled. On Kubernetes
 * a cluster that answers and lets a stack be made; its nodes pull the images.
 * @throws CutoverError `daemon_missing`, `daemon_remote`, `image_missing`, `cluster_unreachable`,
 * `cluster_unauthorised`, `cluster_forbidden` (exit code 5), and what building and loading throw
 */
export async function preparePlatform(
  config: Config,
  place: Pick<StackPlace, 'stack' | 'home'>,
  progress: (message: string) => void,
): Promise<void> {
  if (config.platform === 'docker') return prepareDocker(config, place, progress);
  if (config.platform === 'kubernetes') return prepareCluster(config, place.stack);
}

async function prepareCluster({ kubernetes }: Config, stack: string): Promise<void> {
  const { context, namespace } = kubernetes;
  const problem = await describeClusterProblem({ kind: 'context', context }, namespaceOf(stack, namespace));
  if (!problem) return;
  throw new CutoverError(problem.code, 'the cluster cannot be used: nothing was changed', {
    exitCode: exitCodes.missing,
    details: [...problem.sentences],
  });
}

async function prepareDocker(
  config: Config,
  place: Pick<StackPlace, 'stack' | 'home'>,
  progress: (message: string) => void,
): Promise<void> {
  const refuse = (code: 'daemon_remote' | 'daemon_missing', why: string | undefined): void => {
    if (why) throw new CutoverError(code, why, { exitCode: exitCodes.missing });
  };
  const daemon = currentDaemon();
  refuse('daemon_remote', describeUnusable(daemon) ?? describeMoved(place, daemon));
  if (isRemote(daemon)) refuse('daemon_remote', describeKeptHere(place));
  const docker = connect();
  refuse('daemon_missing', await describeDaemonProblem(docker));
  const image = readImage(packageDir()) ?? (await buildImage(packageDir(), progress));
  const known = await loadImage(docker, image);
  if (isRemote(daemon)) {
    refuse('daemon_remote', await describeOwnFiles(docker, place.home, known, daemon));
    await findSocketGroup(docker, place.stack, known, daemon);
  } else {
    // A socket may lead elsewhere, through a tunnel or into a virtual machine.
    refuse('daemon_remote', await describeForeignFiles(docker, place.home, known));
  }
  const failures: string[] = [];
  for (const [workload, own] of Object.entries(config.workloads)) {
    const why = own?.image && (await findOrPull(docker, own.image, progress));
    if (why)
      failures.push(
        `cutover:workloads.${workload}.image: expected an image that can be had, received ${own.image}: ${why}`,
      );
  }
  if (failures.length > 0) {
    throw new CutoverError('image_missing', 'not every image can be had: nothing was changed', {
      exitCode: exitCodes.missing,
      details: failures,
    });
  }
}

/** Why an image can neither be found nor pulled; undefined when it is there. */
async function findOrPull(
  docker: Docker,
  image: string,
  progress: (message: string) => void,
): Promise<string | undefined> {
  try {
    await docker.getImage(image).inspect();
    return undefined;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) return messageOf(error);
  }
  // An id alone names no registry.
  if (!image.includes('@')) return 'the daemon has no image of this id';
  try {
    progress(`pulling ${image}`);
    const stream = await docker.pull(image);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
