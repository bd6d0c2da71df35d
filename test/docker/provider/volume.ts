import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { messageOf } from '../../../errors';
import { volumeAttributes } from './attributes';
import { labelMap } from './container-create';
import { type Handler, unlessGone } from './handler';
import type { ObjectShape } from './shape';

interface VolumeInputs {
  readonly name: string;
  readonly driver?: string;
  readonly driverOpts?: Record<string, string>;
  readonly labels?: { readonly label: string; readonly value: string }[];
}

/** For how long a volume that is in use is tried to be removed, milliseconds. */
const removeMs = 30_000;

/** `docker:index/volume:Volume`. One of this name that is there already is taken over, as the daemon does. */
export function volumeHandler(docker: Dockerode, shape: ObjectShape): Handler {
  return {
    shape,
    attributes: volumeAttributes,
    outputs: ['driver', 'mountpoint'],

    async create(properties) {
      const { name, driver, driverOpts, labels } = properties as unknown as VolumeInputs;
      await docker.createVolume({
        Name: name,
        Driver: driver ?? 'local',
        DriverOpts: driverOpts ?? {},
        Labels: labelMap(labels),
      });
      return { id: name, state: stateOf(await docker.getVolume(name).inspect(), properties) };
    },

    async read(id, prior) {
      const found = await unlessGone(docker.getVolume(id).inspect());
      return found && stateOf(found, prior);
    },

    async update() {
      // Every input replaces the volume.
    },

    async delete(id) {
      const end = Date.now() + removeMs;
      for (;;) {
        try {
          await unlessGone(docker.getVolume(id).remove({ force: true }));
          return;
        } catch (error) {
          if (!messageOf(error).includes('volume is in use') || Date.now() > end) throw error;
        }
        await sleep(250);
      }
    },
  };
}

function stateOf(found: Dockerode.VolumeInspectInfo, prior: Readonly<Record<string, unknown>>) {
  return {
    ...prior,
    name: found.Name,
    labels: Object.entries(found.Labels ?? {}).map(([label, value]) => ({ label, value })),
    driver: found.Driver,
    driverOpts: found.Options ?? undefined,
    mountpoint: found.Mountpoint,
  };
}
