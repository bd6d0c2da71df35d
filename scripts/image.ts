import path from 'node:path';
import { CutoverError, exitCodes } from '../errors';
import { packageDir } from '../package-dir';
import { connect, describeDaemonProblem } from '../platforms/docker/client';
import {
  type BuiltImage,
  buildImage,
  findLogin,
  loadImage,
  pushImage,
  readImage,
  readRepository,
  unpackLayers,
} from '../toolchain/image';
import type { Verb, VerbContext, VerbResult } from './shared/verb';

/** The one image of the shipped workloads: made here, given to a daemon or a registry. */
export const image: Verb = {
  name: 'image',
  argument: [
    '<action...>',
    'build: make it. load: into the daemon of DOCKER_HOST. push REPOSITORY: to a registry. unpack FOLDER: its files',
  ],
  description:
    'Build the image of the shipped workloads, without a daemon or a registry; load it, or push it by digest.',
  examples: [
    ['cutover image build', 'make it, with its bill of materials; the same input gives the same id'],
    ['cutover image load', 'make it where that was not done, and hand it to the daemon'],
    ['cutover image push registry.example.com/team/cutover', 'push it; prints what to pin'],
  ],
  async run(context, options) {
    const [action, operand, ...more] = [options.argument].flat() as string[];
    const takesOperand = action === 'push' || action === 'unpack';
    if (more.length > 0 || takesOperand !== (operand !== undefined)) throw usage(options.argument);
    if (action === 'build') return build(context);
    if (action === 'load') return load(context);
    if (action === 'push') return push(context, operand!);
    if (action === 'unpack') return unpack(operand!);
    throw usage(options.argument);
  },
};

const current = async ({ progress }: VerbContext): Promise<BuiltImage> =>
  readImage(packageDir()) ?? (await buildImage(packageDir(), progress));

/** Always anew, so that a library of this machine that was updated is taken in. */
async function build({ progress }: VerbContext): Promise<VerbResult> {
  const built = await buildImage(packageDir(), progress);
  return done(
    { ...built },
    `Image    ${built.id}`,
    `Size     ${megabytes(built)}`,
    `Archive  ${built.archive}`,
    `Bill     ${built.sbom}`,
  );
}

async function load(context: VerbContext): Promise<VerbResult> {
  const docker = await findDaemon();
  const built = await current(context);
  const id = await loadImage(docker, built);
  return done({ ...built, loaded: id }, `The daemon has ${id}, ${megabytes(built)}`);
}

async function push(context: VerbContext, name: string): Promise<VerbResult> {
  const repository = readRepository(name);
  const docker = await findDaemon();
  const built = await current(context);
  context.progress(`pushing ${built.id} to ${repository.name}`);
  const reference = await pushImage(docker, built, repository, findLogin(repository.registry, process.env));
  return done({ ...built, reference }, reference);
}

async function unpack(folder: string): Promise<VerbResult> {
  const layers = await unpackLayers(packageDir(), path.resolve(folder));
  return done({ layers }, ...layers);
}

/** @throws CutoverError `daemon_missing` (exit code 5) */
async function findDaemon() {
  const docker = connect();
  const problem = await describeDaemonProblem(docker);
  if (problem) throw new CutoverError('daemon_missing', problem, { exitCode: exitCodes.missing });
  return docker;
}

const megabytes = ({ size }: BuiltImage): string => `${Math.round(size / 1e6)} MB`;
const done = (json: object, ...lines: string[]): VerbResult => ({
  exitCode: exitCodes.done,
  json,
  text: lines.join('\n'),
});

function usage(received: unknown): CutoverError {
  const words = [received].flat().join(' ');
  return new CutoverError('usage', `image: expected build, load, push REPOSITORY or unpack FOLDER, received ${words}`, {
    exitCode: exitCodes.usage,
  });
}
