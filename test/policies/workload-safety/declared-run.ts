import path from 'node:path';
import type { ResourceValidationArgs, ResourceValidationPolicy } from '@pulumi/policy';
import { readConfig } from '../../../config';
import { proxyVolume, volumeName } from '../../../platforms/docker/names';
import { proxyInputs } from '../../../platforms/docker/proxy-inputs';
import { createDockerView } from '../../../platforms/docker/view';
import { createKubernetesView } from '../../../platforms/kubernetes/view';
import type { PlatformView, StackPlace } from '../../../platforms/platform';
import { postureInputs } from '../../../platforms/posture-resource';
import { dataDir } from '../../../platforms/process/home';
import { createProcessView, processInputs } from '../../../platforms/process/view';
import { resourceTypes } from '../../../platforms/resource-types';
import { allChecks } from '../../../policies/workload-safety/all-checks';
import { adviseInPaper, mandatory } from '../../../policies/workload-safety/check';
import { Run } from '../../../policies/workload-safety/run';
import { digestFile } from '../../../posture/digest';
import type { Posture } from '../../../posture/posture';
import { workloadNames } from '../../../posture/posture';
import { declareStack } from '../../../workloads/declare-all';
import { kinds, tokenOf } from '../../kubernetes/provider/kinds';
import { everyManifest } from '../../platforms/change-operations';

const root = path.resolve(__dirname, '..', '..', '..');
const image = `sha256:${'1'.repeat(64)}` as const;
const model = { version: '1.0.0', digest: digestFile(path.join(root, 'models/1.0.0/model.onnx')) };

/** A resource as the engine hands it to a policy. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests change inputs of every shape
  props: any;
  opts?: Partial<ResourceValidationArgs['opts']>;
}

export const platforms = ['process', 'docker', 'kubernetes'] as const;
export type PlatformName = (typeof platforms)[number];
type Settings = Readonly<Record<string, string>>;

/** Everything that a stack really declares on a platform, in the order in which the engine is given it. */
export function declareResources(
  platform: PlatformName,
  mode: 'paper' | 'live',
  folder = '/nowhere/.cutover',
  settings: Settings = {},
): Resource[] {
  const place: StackPlace = { stack: 'main', projectDir: folder, home: folder };
  const raw = {
    'cutover:platform': platform,
    'cutover:kubernetes': JSON.stringify({ image: `registry.example.com/cutover@${image}` }),
    'cutover:model': JSON.stringify(model),
    'cutover:tradingMode': mode,
    ...settings,
  };
  const config = readConfig(raw, root);
  const declareOn = <View extends PlatformView>(view: View) => {
    const { posture, workloads } = declareStack(config, 'main', folder, view);
    const judged: Resource = {
      type: resourceTypes.posture,
      name: 'posture',
      props: { ...postureInputs(posture as Posture, place) },
    };
    return { judged, workloads, view };
  };
  if (platform === 'process') {
    const { judged, workloads, view } = declareOn(createProcessView(config, place));
    return [
      judged,
      ...workloads.map((spec) => ({
        type: resourceTypes.process,
        name: spec.name,
        props: processInputs(spec, place, view),
      })),
    ];
  }
  if (platform === 'docker') {
    const { judged, workloads, view } = declareOn(createDockerView(config, place, image));
    const proxy = proxyInputs(place, { uid: 10_001, gid: 10_001 }, image);
    const containers = workloads.map((spec) => [spec.name, view.inputsOf(spec)] as const);
    return [
      judged,
      ...volumesOf(place),
      ...[...containers, [proxy.name, proxy] as const].map(([name, props]) => ({
        type: 'docker:index/container:Container',
        name,
        props,
      })),
    ];
  }
  const { judged } = declareOn(createKubernetesView(config, place));
  const manifests = everyManifest({ folder, image, settings: { 'cutover:tradingMode': mode, ...settings } });
  const claim = { ignoreChanges: ['spec'] };
  return [
    judged,
    ...[...manifests].map(([name, manifest]) => {
      const kind = kinds.find((one) => one.kind === manifest.kind && one.apiVersion === manifest.apiVersion)!;
      const opts = manifest.kind === 'PersistentVolumeClaim' ? { opts: claim } : {};
      return { type: tokenOf(kind), name, props: manifest, ...opts };
    }),
  ];
}

/** The volumes of a stack of containers, as platforms/docker.ts declares them. */
function volumesOf(place: StackPlace): Resource[] {
  const labels = [{ label: 'cutover.stack', value: place.stack }];
  const volume = (name: string, driverOpts: object) => ({
    type: 'docker:index/volume:Volume',
    name,
    props: { name, driver: 'local', driverOpts, labels },
  });
  return [
    volume(proxyVolume(place), { type: 'tmpfs', device: 'tmpfs', o: 'size=64k' }),
    ...workloadNames.map((name) =>
      volume(volumeName(place, name, 'data'), { type: 'none', o: 'bind', device: dataDir(place, name) }),
    ),
  ];
}

/** What a policy reported. */
export interface Said {
  readonly policy: string;
  readonly level: string;
  readonly resource: string;
  readonly message: string;
}

// How the engine's host wraps what a policy sees: reading a value that is not known yet throws.
const { unknownCheckingProxy } = require('@pulumi/policy/proxy') as { unknownCheckingProxy<T>(props: T): T };

/** The policies of the pack, over one run of the engine. */
export function policiesOf(run = new Run()): ResourceValidationPolicy[] {
  return [...allChecks.map((check) => mandatory(check, run)), adviseInPaper(allChecks, run)];
}

/** Has every policy judge every resource, in the engine's order, and tells all that was reported. */
export function judge(resources: readonly Resource[], policies = policiesOf()): Said[] {
  const said: Said[] = [];
  for (const { type, name, props, opts } of resources) {
    const urn = `urn:pulumi:main::cutover::${type}::${name}`;
    for (const { name: policy, enforcementLevel: level = '', validateResource } of policies) {
      if (typeof validateResource !== 'function') throw new Error('expected one function that validates');
      const args = {
        type,
        name,
        urn,
        props: unknownCheckingProxy(structuredClone(props)),
        opts,
        getConfig: () => ({}),
      };
      validateResource(args as unknown as ResourceValidationArgs, (message) => {
        said.push({ policy, level, resource: name, message });
      });
    }
  }
  return said;
}

export const refusalsOf = (said: readonly Said[]): Said[] => said.filter(({ level }) => level === 'mandatory');
