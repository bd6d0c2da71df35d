import path from 'node:path';
import { type Config, readConfig } from '../../config';
import { type ContainerInputs, replacedOnChange } from '../../platforms/docker/container-inputs';
import { createDockerView } from '../../platforms/docker/view';
import { groundManifests, workloadManifests } from '../../platforms/kubernetes/manifests';
import { createKubernetesView } from '../../platforms/kubernetes/view';
import type { PlatformView, StackPlace } from '../../platforms/platform';
import type { ProcessInputs } from '../../platforms/process/start';
import { createProcessView, processInputs } from '../../platforms/process/view';
import { type Digest, digestFile, digestOf } from '../../posture/digest';
import type { Posture } from '../../posture/posture';
import { processResource } from '../../provider/process-resource';
import { declareStack } from '../../workloads/declare-all';
import { containerAttributes } from '../docker/provider/attributes';
import { diffInputs as diffContainer } from '../docker/provider/diff';
import { readShapes } from '../docker/provider/read-shapes';
import { diffInputs as diffObject } from '../kubernetes/provider/diff';
import { kinds } from '../kubernetes/provider/kinds';

export const root = path.resolve(__dirname, '..', '..');

/** A stack as somebody has it at one moment. */
export interface Version {
  /** Its config but for the platform. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where its evidence is, and its data. */
  readonly folder: string;
  /** The image of the shipped workloads. */
  readonly image: Digest;
  /** The shipped code of one workload that is other than what is built here. */
  readonly gatewayCode?: string;
}

/**
 * What becomes of something when a stack changes: a process is started again, a container is replaced by another, a pod
 * is replaced by one that is started after it has gone (restart) or before it goes (roll); or an object changes under
 * what runs (in place).
 */
export type Operation = 'in place' | 'restart' | 'roll' | 'replace';

/** By what it is done to: a workload, or what else was changed. Nothing that stays as it is is named. */
export type Operations = Readonly<Record<string, Operation>>;

/** A stack as it is declared now on a platform. */
export interface Declared {
  /** What the engine would do to it to make it another one. Nothing runs. */
  compare(after: Declared): Promise<Operations>;
}

/** Reads a version of a stack, on each platform. */
export const platforms: Readonly<Record<string, (version: Version) => Declared>> = {
  'local processes': (version) => comparable(readProcesses(version), compareProcesses),
  Docker: (version) => comparable(readContainers(version), compareContainers),
  Kubernetes: (version) => comparable(everyManifest(version), compareManifests),
};

function comparable<T>(own: T, compare: (before: T, after: T) => Operations | Promise<Operations>): Declared {
  return { own, compare: async (after: Declared) => compare(own, (after as Declared & { own: T }).own) } as Declared;
}

const model = { version: '1.0.0', digest: digestFile(path.join(root, 'models/1.0.0/model.onnx')) };

function readVersion(version: Version, platform: string): { config: Config; place: StackPlace } {
  const image = `registry.example.com/cutover@${version.image}`;
  const common = { 'cutover:platform': platform, 'cutover:kubernetes': JSON.stringify({ image }) };
  const settings: Record<string, string> = { ...common, 'cutover:model': JSON.stringify(model), ...version.settings };
  // A program of one's own has an image where there are images.
  if (platform === 'process') settings['cutover:workloads'] = withoutImages(settings['cutover:workloads'] ?? '{}');
  return {
    config: readConfig(settings, root),
    place: { stack: 'main', projectDir: version.folder, home: version.folder },
  };
}

const withoutImages = (workloads: string): string =>
  JSON.stringify(JSON.parse(workloads), (key, value) => (key === 'image' ? undefined : value));

function readProcesses(version: Version): ProcessInputs[] {
  const { config, place } = readVersion(version, 'process');
  const view = createProcessView(config, place);
  const digestBuilt = view.digestOf;
  view.digestOf = (words) =>
    words.some((word) => word.includes('workloads/gateway/'))
      ? digestOf([digestBuilt(words), version.gatewayCode ?? ''])
      : digestBuilt(words);
  const { workloads } = declareStack(config, place.stack, place.home, view);
  return workloads.map((spec) => processInputs(spec, place, view));
}

async function compareProcesses(
  before: readonly ProcessInputs[],
  after: readonly ProcessInputs[],
): Promise<Operations> {
  const found = await Promise.all(
    before.map(async (inputs, index) => {
      const { changes } = await processResource.diff({ ...inputs, state: 'running' }, { ...after[index]! });
      return changes ? [[inputs.workload, 'restart'] as const] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}

const { container: shape } = readShapes(path.join(root, 'node_modules', '@pulumi', 'docker'));

function readContainers(version: Version): ReadonlyMap<string, ContainerInputs> {
  const { config, place } = readVersion(version, 'docker');
  const view = createDockerView(config, place, version.image);
  const { workloads } = declareStack(config, place.stack, place.home, view);
  return new Map(workloads.map((spec) => [spec.name, view.inputsOf(spec)]));
}

function compareContainers(
  before: ReadonlyMap<string, ContainerInputs>,
  after: ReadonlyMap<string, ContainerInputs>,
): Operations {
  const found = [...before].flatMap(([name, inputs]) => {
    const { changed, replaces } = diffContainer({ ...inputs }, { ...after.get(name) }, shape, containerAttributes);
    if (changed.length === 0) return [];
    const isReplaced = replaces.length > 0 || changed.some((key) => replacedOnChange.includes(key));
    return [[name, isReplaced ? 'replace' : 'in place'] as const];
  });
  return Object.fromEntries(found);
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly strategy?: { readonly type?: string } };
}

function compareManifests(before: ReadonlyMap<string, Manifest>, after: ReadonlyMap<string, Manifest>): Operations {
  const found = [...before].flatMap(([name, manifest]): [string, Operation][] => {
    const kind = kinds.find((one) => one.kind === manifest.kind && one.apiVersion === manifest.apiVersion)!;
    const state = { ...manifest, __inputs: { ...manifest } };
    const { changes } = diffObject(kind, state, { ...after.get(name) }, { configMaps: true, secrets: false });
    if (changes.length === 0) return [];
    if (changes.some(({ replaces }) => replaces)) return [[name, 'replace']];
    const isOfPods = changes.some(({ path: [first, second] }) => first === 'spec' && second === 'template');
    if (!isOfPods) return [[name, 'in place']];
    return [[name, manifest.spec?.strategy?.type === 'Recreate' ? 'restart' : 'roll']];
  });
  return Object.fromEntries(found);
}

/** Every object of a stack; deployments by the name of their workload, others by kind and name. */
export function everyManifest(version: Version): Map<string, Manifest> {
  const { config, place } = readVersion(version, 'kubernetes');
  const view = createKubernetesView(config, place);
  const { posture, workloads } = declareStack(config, place.stack, place.home, view);
  const ground = groundManifests(config, place, view, posture);
  const each = [
    ...[ground.namespace, ground.quota, ground.rights.role, ground.rights.binding],
    ...[...ground.accounts, ...ground.claims, ...ground.files, ...ground.network(['10.0.0.1:443'])],
    ...[...ground.admission.policies, ...ground.admission.bindings],
    ...workloads.flatMap((spec) => Object.values(workloadManifests(place, view, spec))),
  ];
  const nameOf = ({ kind, metadata: { name } }: Manifest) => (kind === 'Deployment' ? name : `${kind} ${name}`);
  return new Map((structuredClone(each) as Manifest[]).map((manifest) => [nameOf(manifest), manifest]));
}

/** What a stack's data is called on each platform: what must be the same after every change. */
export function storesOf(version: Version): Record<string, unknown> {
  const read = (platform: string, view: (config: Config, place: StackPlace) => PlatformView) => {
    const { config, place } = readVersion(version, platform);
    const own = view(config, place);
    const { workloads } = declareStack(config, place.stack, place.home, own);
    return workloads.map((spec) => own.realize(spec).environment.DATA_DIR);
  };
  const containers = [...readContainers(version).values()];
  return {
    process: read('process', createProcessView),
    docker: containers.map(({ mounts }) => mounts.filter(({ type }) => type === 'volume')),
    kubernetes: [...everyManifest(version)].filter(([name]) => name.startsWith('PersistentVolumeClaim ')),
    mounted: [...everyManifest(version)].map(([name, manifest]) => [name, claimsOf(manifest)]),
  };
}

const claimsOf = (manifest: Manifest): string[] =>
  [...JSON.stringify(manifest).matchAll(/"claimName":"([^"]+)"/g)].map(([, name]) => name!);

/** The posture that a version declares on a platform. */
export function postureOf(version: Version, platform: 'docker' | 'kubernetes' = 'kubernetes'): Posture {
  const { config, place } = readVersion(version, platform);
  const view =
    platform === 'docker' ? createDockerView(config, place, version.image) : createKubernetesView(config, place);
  return declareStack(config, place.stack, place.home, view).posture;
}
