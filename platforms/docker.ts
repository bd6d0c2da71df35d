import * as docker from '@pulumi/docker';
import { CustomResource, type CustomResourceOptions, type Resource } from '@pulumi/pulumi';
import type { Config } from '../config';
import { packageDir } from '../package-dir';
import { type Posture, workloadNames } from '../posture/posture';
import { readImage } from '../toolchain/image';
import { daemonAddress } from './docker/client';
import { type ContainerInputs, replacedOnChange } from './docker/container-inputs';
import { labelNames, networkNames, proxyVolume, volumeName } from './docker/names';
import { chooseOwner } from './docker/owner';
import { proxyInputs } from './docker/proxy-inputs';
import { createDockerView } from './docker/view';
import type { Platform, StackPlace } from './platform';
import { PostureResource, postureInputs } from './posture-resource';
import { dataDir, logDir } from './process/home';
import { type FoldersInputs, resourceTypes } from './resource-types';

class FoldersResource extends CustomResource {
  constructor(name: string, inputs: FoldersInputs, options: CustomResourceOptions) {
    super(resourceTypes.folders, name, { ...inputs }, options);
  }
}

/** Containers of a Docker daemon on this machine, by the resources of `@pulumi/docker`. */
export function createDockerPlatform(config: Config, place: StackPlace): Platform<CustomResource> {
  const { stack } = place;
  const image = readImage(packageDir())?.id;
  const view = createDockerView(config, place, image);
  const owner = chooseOwner();
  const ground: Resource[] = [];

  /** Everything that outlives containers: folders, the volumes over them, networks. Made after the posture has passed. */
  const declareGround = (posture: CustomResource): void => {
    const secrets = ['venue-key', 'venue-control-key', 'operator-token'];
    const folders = new FoldersResource(
      'folders',
      {
        home: place.home,
        stack,
        daemon: daemonAddress(),
        ...owner,
        ports: config.ports,
        secrets,
        shown: [view.evidenceDir],
      },
      { dependsOn: [posture] },
    );
    const labels = [{ label: labelNames.stack, value: stack }];
    const { inner, outer } = networkNames(stack);
    // Without masquerading nothing on it reaches beyond the host; no `internal` network, which publishes no ports.
    const shut = { 'com.docker.network.bridge.enable_ip_masquerade': 'false' };
    const under = { dependsOn: [folders] };
    ground.push(
      folders,
      new docker.Network(inner, { name: inner, driver: 'bridge', options: shut, labels }, under),
      new docker.Network(outer, { name: outer, driver: 'bridge', labels }, under),
    );
    // In memory, with the owner that it is given: a volume that the daemon makes is root's.
    const socket = {
      type: 'tmpfs',
      device: 'tmpfs',
      o: `size=64k,nosuid,nodev,noexec,mode=0700,uid=${owner.uid},gid=${owner.gid}`,
    };
    const socketVolume = proxyVolume(place);
    ground.push(
      new docker.Volume(socketVolume, { name: socketVolume, driver: 'local', driverOpts: socket, labels }, under),
    );
    for (const workload of workloadNames) {
      for (const what of ['data', 'logs'] as const) {
        const name = volumeName(place, workload, what);
        const device = what === 'data' ? dataDir(place, workload) : logDir(place, workload);
        const driverOpts = { type: 'none', o: 'bind', device };
        ground.push(
          new docker.Volume(name, { name, driver: 'local', driverOpts, labels }, { ...under, retainOnDelete: true }),
        );
      }
    }
  };

  return {
    ...view,
    declarePosture: (posture: Posture) => {
      const declared = new PostureResource('posture', postureInputs(posture, place));
      declareGround(declared);
      return declared;
    },
    declare: (spec, dependsOn) => {
      const before: Resource[] = [...dependsOn, ...ground];
      if (spec.name === 'guardian') {
        const proxy = proxyInputs(place, owner, image!);
        before.push(declareContainer(proxy.name, proxy, before));
      }
      return declareContainer(spec.name, view.inputsOf(spec), before);
    },
  };
}

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
/** Refused by the compiler where the provider does not know an input: it would drop it without a word. */
type Known<T> = Exclude<keyof T, keyof docker.ContainerArgs> extends never ? T : never;

function declareContainer<T extends ContainerInputs | ReturnType<typeof proxyInputs>>(
  name: string,
  inputs: T & Known<T>,
  dependsOn: Resource[],
): docker.Container {
  const args: Mutable<ContainerInputs | ReturnType<typeof proxyInputs>> = structuredClone(inputs) as never;
  // One name and one port cannot be held twice: the old one goes first.
  return new docker.Container(name, args, { dependsOn, deleteBeforeReplace: true, replaceOnChanges: replacedOnChange });
}
