import path from 'node:path';
import type { Config } from '../../config';
import { CutoverError, exitCodes } from '../../errors';
import { type Digest, digestBytes } from '../../posture/digest';
import { filesOnDisk, type ProjectFiles } from '../../project-files';
import type { PlatformView, StackPlace, WorkloadSpec } from '../platform';
import {
  imagePaths,
  namespaceOf,
  podLogFile,
  podMarketFile,
  podModelFile,
  podPaths,
  podPostureFile,
  podSecretFile,
} from './names';
import { type PodInputs, podTemplate } from './pod-template';
import { imageDigest, readPodWorkload } from './pod-workload';

/** What names things on Kubernetes, and how a declared workload becomes a pod. */
export interface KubernetesView extends PlatformView {
  readonly namespace: string;
  podInputsOf(spec: WorkloadSpec): PodInputs;
}

/** Where the guardian keeps what it copies for itself; gone with its pod. */
const guardianHome = path.posix.join(podPaths.temporary, 'cutover');

/**
 * The names of things on Kubernetes, without engine and cluster. Paths are those inside the pods.
 * @throws CutoverError `invalid_config` (exit code 2) where the stack's name makes no name of a namespace
 */
export function createKubernetesView(
  config: Config,
  place: StackPlace,
  files: ProjectFiles = filesOnDisk,
): KubernetesView {
  const namespace = checkNamespace(namespaceOf(place.stack, config.kubernetes.namespace));
  const image = config.kubernetes.image!;
  const market = config.market.feed === 'recorded' ? Object.entries(config.market.files) : [];
  // Agents run in the orchestrator's pod: its image holds their code.
  const agentsCode = imageDigest(config.workloads.orchestrator?.image ?? image);

  const environmentOf = (spec: WorkloadSpec): Record<string, string> => ({
    ...spec.environment,
    ...Object.fromEntries(Object.entries(spec.secrets).map(([variable, name]) => [variable, podSecretFile(name)])),
    ...(spec.name === 'guardian'
      ? { CUTOVER_PLATFORM: 'kubernetes', CUTOVER_NAMESPACE: namespace, CUTOVER_HOME: guardianHome }
      : {}),
    CUTOVER_STACK: place.stack,
    CUTOVER_WORKLOAD: spec.name,
    CUTOVER_SLICE: spec.slice,
    HOST: '0.0.0.0',
    PORT: String(spec.port),
    DATA_DIR: podPaths.data,
    LOG_DIR: podPaths.logs,
    LOG_FILE: podLogFile(spec.name),
    NODE_ENV: 'production',
  });

  const view: KubernetesView = {
    namespace,
    addressOf: (workload) => `http://${workload}:${config.ports[workload]}`,
    pathOf: (file) => {
      if (file === config.model.path) return podModelFile;
      const symbol = market.find(([, own]) => own === file)?.[0];
      return symbol === undefined ? file : podMarketFile(symbol);
    },
    commandOf: (program) =>
      program.kind === 'shipped'
        ? [imagePaths.node, path.posix.join(imagePaths.code, `${program.entry}.js`), ...program.args]
        : [...program.command],
    digestOf: (words) => digestInPod(words, market, agentsCode, files),
    podInputsOf: (spec) => ({
      spec,
      stack: place.stack,
      image: (spec.program.kind === 'command' ? spec.program.image : undefined) ?? image,
      command: view.commandOf(spec.program),
      environment: environmentOf(spec),
    }),
    realize: (spec) => readPodWorkload(podTemplate(view.podInputsOf(spec)).spec!),
    postureFile: podPostureFile,
    evidenceDir: podPaths.evidence,
    logsOf: () => podPaths.logs,
  };
  return view;
}

/** The digest of what words name: of a recorded market, else of the image, which holds the code. */
function digestInPod(
  words: readonly string[],
  market: readonly [symbol: string, file: string][],
  code: Digest,
  files: ProjectFiles,
): Digest {
  const file = words.length === 1 ? market.find(([symbol]) => podMarketFile(symbol) === words[0])?.[1] : undefined;
  return file === undefined ? code : digestBytes(files.read(file));
}

function checkNamespace(namespace: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw new CutoverError('invalid_config', 'the name of this stack makes no name of a namespace', {
    exitCode: exitCodes.usage,
    details: [
      `cutover:kubernetes.namespace: expected a name of small letters, digits and hyphens, received nothing, and ${namespace} is none`,
    ],
  });
}
