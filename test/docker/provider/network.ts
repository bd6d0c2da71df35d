import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { messageOf } from '../../../errors';
import { networkAttributes } from './attributes';
import { labelMap } from './container-create';
import { type Handler, unlessGone } from './handler';
import type { ObjectShape } from './shape';

interface NetworkInputs {
  readonly name: string;
  readonly attachable?: boolean;
  readonly driver?: string;
  readonly ingress?: boolean;
  readonly internal?: boolean;
  readonly ipamConfigs?: { subnet?: string; gateway?: string; ipRange?: string; auxAddress?: Record<string, string> }[];
  readonly ipamDriver?: string;
  readonly ipamOptions?: Record<string, string>;
  readonly ipv6?: boolean;
  readonly labels?: { readonly label: string; readonly value: string }[];
  readonly options?: Record<string, string>;
}

/** For how long a network that is in use is tried to be removed, milliseconds. */
const removeMs = 30_000;

/** `docker:index/network:Network`. */
export function networkHandler(docker: Dockerode, shape: ObjectShape): Handler {
  return {
    shape,
    attributes: networkAttributes,
    outputs: ['driver', 'internal', 'ipamConfigs', 'options', 'scope'],

    async create(properties) {
      const inputs = properties as unknown as NetworkInputs;
      const { id } = await docker.createNetwork({
        Name: inputs.name,
        Driver: inputs.driver ?? 'bridge',
        Options: inputs.options ?? {},
        Internal: inputs.internal ?? false,
        Attachable: inputs.attachable ?? false,
        Ingress: inputs.ingress ?? false,
        EnableIPv6: inputs.ipv6 ?? false,
        Labels: labelMap(inputs.labels),
        IPAM: {
          Driver: inputs.ipamDriver ?? 'default',
          Options: inputs.ipamOptions ?? {},
          Config: (inputs.ipamConfigs ?? []).map(({ subnet, gateway, ipRange, auxAddress }) => ({
            ...(subnet ? { Subnet: subnet } : {}),
            ...(gateway ? { Gateway: gateway } : {}),
            ...(ipRange ? { IPRange: ipRange } : {}),
            ...(auxAddress ? { AuxiliaryAddresses: auxAddress } : {}),
          })),
        },
      });
      return { id, state: stateOf(await docker.getNetwork(id).inspect(), properties) };
    },

    async read(id, prior) {
      const found = await unlessGone(docker.getNetwork(id).inspect());
      return found && stateOf(found, prior);
    },

    async update() {
      // Every input replaces the network.
    },

    async delete(id) {
      const end = Date.now() + removeMs;
      for (;;) {
        try {
          await unlessGone(docker.getNetwork(id).remove());
          return;
        } catch (error) {
          if (!messageOf(error).includes('has active endpoints') || Date.now() > end) throw error;
        }
        await sleep(250);
      }
    },
  };
}

function stateOf(found: Dockerode.NetworkInspectInfo, prior: Readonly<Record<string, unknown>>) {
  const configs = found.IPAM?.Config as Record<string, unknown>[] | undefined;
  return {
    ...prior,
    name: found.Name,
    labels: Object.entries(found.Labels ?? {}).map(([label, value]) => ({ label, value })),
    driver: found.Driver,
    internal: found.Internal,
    attachable: found.Attachable,
    ingress: found.Ingress,
    ipv6: found.EnableIPv6,
    ipamDriver: found.IPAM?.Driver,
    ipamOptions: found.IPAM?.Options ?? undefined,
    scope: found.Scope,
    options: found.Options,
    ipamConfigs: (configs ?? []).map((config) => ({
      subnet: config.Subnet,
      gateway: config.Gateway,
      ipRange: config.IPRange,
      auxAddress: config.AuxiliaryAddresses,
    })),
  };
}
