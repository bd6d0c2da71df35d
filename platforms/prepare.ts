import type { Config } from '../config';
import { CutoverError, exitCodes } from '../errors';
import { packageDir } from '../package-dir';
import { buildImage, loadImage, readImage } from '../toolchain/image';
import { connect, describeDaemonProblem } from './docker/client';

/**
 * Sees to what a stack's platform needs before the engine starts: on Docker a daemon that answers, and the image of the
 * workloads in it, which is built first where it is not yet.
 * @throws CutoverError `daemon_missing` (exit code 5), and what building and loading throw
 */
export async function preparePlatform(config: Config, progress: (message: string) => void): Promise<void> {
  if (config.platform !== 'docker') return;
  const docker = connect();
  const problem = await describeDaemonProblem(docker);
  if (problem) throw new CutoverError('daemon_missing', problem, { exitCode: exitCodes.missing });
  const image = readImage(packageDir()) ?? (await buildImage(packageDir(), progress));
  await loadImage(docker, image);
}
