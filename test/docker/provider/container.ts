import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { messageOf } from '../../../errors';
import { appliedByUpdate, containerAttributes } from './attributes';
import type { Properties } from './check';
import { createOptions, endpointOf, updateOptions } from './container-create';
import type { ContainerInputs } from './container-inputs';
import { stateOf } from './container-read';
import { HalfMade, type Handler, isGone, unlessGone } from './handler';
import type { ObjectShape } from './shape';

const pollMs = 250;

/** `docker:index/container:Container`. */
export function containerHandler(docker: Dockerode, shape: ObjectShape): Handler {
  return {
    shape,
    attributes: containerAttributes,
    outputs: ['bridge', 'containerLogs', 'exitCode', 'networkDatas', ...containerAttributes.computed],

    async create(properties) {
      const inputs = inputsOf(properties);
      const container = await docker.createContainer(createOptions(inputs));
      try {
        await attach(docker, container.id, inputs);
        if (inputs.start) await container.start();
        if (inputs.start && inputs.wait) await waitUntilHealthy(container, inputs.waitTimeout ?? 60);
      } catch (error) {
        throw new HalfMade(container.id, properties, messageOf(error));
      }
      return { id: container.id, state: stateOf(await container.inspect(), properties) };
    },

    async read(id, prior) {
      const found = await unlessGone(docker.getContainer(id).inspect());
      return found && stateOf(found, prior);
    },

    async update(id, properties, state, changed) {
      const inputs = inputsOf(properties);
      const container = docker.getContainer(id);
      if (changed.includes('mustRun') && !state.mustRun && inputs.start) await container.start();
      if (changed.some((name) => appliedByUpdate.includes(name))) await container.update(updateOptions(inputs));
    },

    async delete(id, state) {
      const { destroyGraceSeconds, removeVolumes } = inputsOf(state);
      const container = docker.getContainer(id);
      // Killed at once, unless a grace is declared; stopTimeout does not count.
      await unlessGone(container.stop({ t: destroyGraceSeconds ?? 0 }).catch(ignoreStopped));
      await unlessGone(container.remove({ force: true, v: removeVolumes ?? true }));
      // It is still there for a moment, and its name with it.
      while (await unlessGone(container.inspect())) await sleep(pollMs);
    },
  };
}

const inputsOf = (properties: Properties) => properties as unknown as ContainerInputs;

/** The declared networks take the place of the default one. */
async function attach(docker: Dockerode, id: string, { networksAdvanced }: ContainerInputs): Promise<void> {
  if (!networksAdvanced || networksAdvanced.length === 0) return;
  try {
    await docker.getNetwork('bridge').disconnect({ Container: id });
  } catch (error) {
    if (!messageOf(error).includes('is not connected to')) throw error;
  }
  for (const network of networksAdvanced) {
    await docker.getNetwork(network.name).connect({ Container: id, EndpointConfig: endpointOf(network) });
  }
}

/** @throws Error after `seconds`, with the last that the container wrote */
async function waitUntilHealthy(container: Dockerode.Container, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const { State } = await container.inspect();
    if (!State.Health) throw new Error("expected a healthcheck, which 'wait' needs, received none");
    if (State.Health.Status === 'healthy') return;
    if (Date.now() > end) {
      const log = await container.logs({ stdout: true, stderr: true, tail: 5 });
      const last = textOf(log);
      throw new Error(`container failed to be in healthy state (${State.Status}); the last of its log:\n${last}`);
    }
    await sleep(pollMs);
  }
}

/** The text of a log, of which each piece comes after a header of eight bytes with its length. */
function textOf(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; at += 8 + log.readUInt32BE(at + 4)) {
    pieces.push(log.subarray(at + 8, at + 8 + log.readUInt32BE(at + 4)));
  }
  return Buffer.concat(pieces).toString();
}

function ignoreStopped(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 304 && !isGone(error)) throw error;
}
