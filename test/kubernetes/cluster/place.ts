import path from 'node:path';

/** Where one cluster has everything: a folder, a name for what lies outside of it, and addresses. */
export interface Place {
  readonly folder: string;
  /** Of the interface on this machine and of the control group; at most 15 characters. */
  readonly name: string;
  /** The first two numbers of every address, such as `10.213`. */
  readonly subnet: string;
}

/** The only node's name in the cluster. */
export const nodeName = 'node';
export const imageNamespace = 'k8s.io';

/** A file or folder of the cluster. */
export function own(place: Place, ...parts: string[]): string {
  return path.join(place.folder, ...parts);
}

/** The addresses of a cluster. Pods and services are reached from the node alone; this machine reaches the node. */
export function addressesOf({ subnet }: Pick<Place, 'subnet'>) {
  return {
    machine: `${subnet}.255.1`,
    node: `${subnet}.255.2`,
    pods: `${subnet}.0.0/17`,
    services: `${subnet}.128.0/18`,
    apiService: `${subnet}.128.1`,
    dns: `${subnet}.128.10`,
  };
}

/** Where the API server answers. */
export function serverOf(place: Pick<Place, 'subnet'>): string {
  return `https://${addressesOf(place).node}:6443`;
}

export const runtimeSocket = (place: Place): string => own(place, 'containerd.sock');
