import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config';
import { CutoverError, exitCodes } from '../../errors';
import { type Digest, digestFile } from '../../posture/digest';
import type { ProjectFiles } from '../../project-files';
import type { PlatformView, Program, StackPlace, WorkloadSpec } from '../platform';
import { dataDir, evidenceDir, logDir, logFile, postureFile, secretFile } from '../process/home';
import { type ContainerInputs, containerInputs, type DockerPlace, declaredConfinement } from './container-inputs';
import { findHost } from './host';
import { proxySocket, shippedCommand } from './names';
import { chooseOwner } from './owner';

/** What names things on Docker, and how a declared workload becomes the inputs of a container. */
export interface DockerView extends PlatformView {
  inputsOf(spec: WorkloadSpec): ContainerInputs;
}

/**
 * The names of things on Docker, without engine and daemon. Paths are the same inside a container as outside.
 * @param image id of the image of the shipped workloads
 * @throws CutoverError `image_missing` (exit code 5) without an image
 */
export function createDockerView(
  config: Config,
  place: StackPlace,
  image: Digest | undefined,
  files?: ProjectFiles,
): DockerView {
  if (!image) {
    throw new CutoverError('image_missing', 'there is no image of these workloads', {
      exitCode: exitCodes.missing,
      details: ['cutover image build makes it; cutover up does so by itself'],
    });
  }
  const { daemon, root } = findHost(place);
  const docker: DockerPlace = { ...place, owner: chooseOwner(daemon), image, root };
  const environmentOf = (spec: WorkloadSpec): Record<string, string> => ({
    ...spec.environment,
    ...Object.fromEntries(Object.entries(spec.secrets).map(([variable, name]) => [variable, secretFile(place, name)])),
    // The guardian's word to the daemon goes through a proxy that passes only what it needs.
    ...(spec.name === 'guardian' ? { CUTOVER_PLATFORM: 'docker', DOCKER_HOST: `unix://${proxySocket}` } : {}),
    // It knows mounts by where they are on its host.
    ...(spec.name === 'guardian' && root ? { CUTOVER_HOST_ROOT: root } : {}),
    CUTOVER_STACK: place.stack,
    CUTOVER_WORKLOAD: spec.name,
    CUTOVER_SLICE: spec.slice,
    HOST: '0.0.0.0',
    PORT: String(spec.port),
    DATA_DIR: dataDir(place, spec.name),
    LOG_DIR: logDir(place, spec.name),
    LOG_FILE: logFile(place, spec.name),
    NODE_ENV: 'production',
  });
  const view: DockerView = {
    addressOf: (workload) => `http://${workload}:${config.ports[workload]}`,
    pathOf: (file) => file,
    commandOf: (program) =>
      program.kind === 'shipped' ? shippedCommand(program.entry, ...program.args) : [...program.command],
    // Agents run in the orchestrator's container: its image holds their code.
    digestOf: (command) => digestInImage(command, idOf(config.workloads.orchestrator?.image) ?? image, files),
    inputsOf: (spec) => containerInputs(spec, docker, view.commandOf(spec.program), environmentOf(spec)),
    realize: (spec) => ({
      command: view.commandOf(spec.program),
      environment: environmentOf(spec),
      source: imageIdOf(spec.program) ?? image,
      confinement: declaredConfinement(view.inputsOf(spec)),
    }),
    postureFile: postureFile(place),
    evidenceDir: evidenceDir(place),
    logsOf: (workload) => logDir(place, workload),
  };
  return view;
}

/**
 * The digest of what words name: of a file of this machine (a recorded market), else of the image, which holds the code.
 * @param image the image in which the command runs
 * @param files where the file is looked at, if not on this machine as it is now
 */
export function digestInImage(words: readonly string[], image: Digest, files?: ProjectFiles): Digest {
  const [file] = words;
  if (words.length !== 1 || file === undefined || !path.isAbsolute(file)) return image;
  if (files) return files.digestOf(file) ?? image;
  return existsSync(file) ? digestFile(file) : image;
}

/** The digest of a program's own image; undefined for a shipped one. */
export function imageIdOf(program: Program): Digest | undefined {
  return program.kind === 'shipped' ? undefined : idOf(program.image);
}

const idOf = (image: string | undefined): Digest | undefined =>
  image?.slice(image.indexOf('sha256:')) as Digest | undefined;
