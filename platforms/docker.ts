import * as docker from '@pulumi/docker';
import { CustomResource, type CustomResourceOptions, type Output, type Resource } from '@pulumi/pulumi';
import type { Config } from '../config';
import { CutoverError, exitCodes } from '../errors';
import { packageDir } from '../package-dir';
import { digestPosture, type Posture, workloadNames } from '../posture/posture';
import { readImage } from '../toolchain/image';
import { type ContainerInputs, replacedOnChange } from './docker/container-inputs';
import { describeMoved, findHost } from './docker/host';
import { readsToMirror } from './docker/mirrored-files';
import { labelNames, networkNames, proxyVolume, volumeName } from './docker/names';
import { chooseOwner } from './docker/owner';
import { proxyInputs } from './docker/proxy-inputs';
import { createDockerView } from './docker/view';
import type { Platform, StackPlace, WorkloadSpec } from './platform';
import { PostureResource, postureInputs } from './posture-resource';
import { dataDir, logDir } from './process/home';
import { type FoldersInputs, type RemoteInputs, resourceTypes } from './resource-types';

class FoldersResource extends CustomResource {
  /** The group that may use the daemon's socket on another host. */
  declare readonly socketGroup: Output<number>;

  constructor(name: string, inputs: FoldersInputs, options: CustomResourceOptions) {
    // The output is named here so that the SDK expects it from the provider.
    const outputs = inputs.remote ? { socketGroup: undefined } : {};
    super(resourceTypes.folders, name, { ...inputs, ...outputs }, options);
  }
}

/**
 * Containers of a Docker daemon, by the resources of `@pulumi/docker`.
 * @throws CutoverError `daemon_remote` (exit code 5) where the stack is on another daemon's host
 */
export function createDockerPlatform(config: Config, place: StackPlace): Platform<CustomResource> {
  const { stack } = place;
  const moved = describeMoved(place);
  if (moved) throw new CutoverError('daemon_remote', moved, { exitCode: exitCodes.missing });
  const { daemon, root } = findHost(place);
  const image = readImage(packageDir())?.id;
  const view = createDockerView(config, place, image);
  const owner = chooseOwner(daemon);
  const ground: Resource[] = [];
  let folders: FoldersResource;

  /** Everything that outlives containers: folders, the volumes over them, networks. Made after the posture has passed. */
  const declareGround = (posture: CustomResource, remote: RemoteInputs | undefined): void => {
    const secrets = ['venue-key', 'venue-control-key', 'operator-token'];
    folders = new FoldersResource(
      'folders',
      {
        home: place.home,
        stack,
        daemon: daemon.address,
        ...owner,
        ports: config.ports,
        secrets,
        shown: [view.evidenceDir],
        ...(remote ? { remote } : {}),
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
        const driverOpts = { type: 'none', o: 'bind', device: `${root}${device}` };
        ground.push(
          new docker.Volume(name, { name, driver: 'local', driverOpts, labels }, { ...under, retainOnDelete: true }),
        );
      }
    }
  };

  const remoteInputs = (posture: Posture, workloads: readonly WorkloadSpec[]): RemoteInputs | undefined => {
    const { socket, certificates } = daemon;
    if (!root || socket === undefined) return undefined;
    const reads = readsToMirror(
      place,
      workloads.flatMap((spec) => spec.reads),
    );
    const secured = certificates === undefined ? {} : { certificates };
    return { socket, ...secured, root, image: image!, reads, posture: digestPosture(posture) };
  };

  return {
    ...view,
    declarePosture: (posture, workloads) => {
      const declared = new PostureResource('posture', postureInputs(posture, place));
      declareGround(declared, remoteInputs(posture, workloads));
      return declared;
    },
    declare: (spec, dependsOn) => {
      const before: Resource[] = [...dependsOn, ...ground];
      if (spec.name === 'guardian') {
        const proxy = proxyInputs(place, owner, image!, daemon);
        const groupAdds = root ? [folders.socketGroup.apply(String)] : proxy.groupAdds!;
        before.push(declareContainer(proxy.name, proxy, before, { groupAdds: [...groupAdds] }));
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
  later: Pick<docker.ContainerArgs, 'groupAdds'> = {},
): docker.Container {
  const args: Mutable<ContainerInputs | ReturnType<typeof proxyInputs>> = structuredClone(inputs) as never;
  const known: docker.ContainerArgs = args;
  // One name and one port cannot be held twice: the old one goes first.
  return new docker.Container(
    name,
    { ...known, ...later },
    { dependsOn, deleteBeforeReplace: true, replaceOnChanges: replacedOnChange },
  );
}
