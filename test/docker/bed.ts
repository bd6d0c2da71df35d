import type Dockerode from 'dockerode';
import { describe, inject } from 'vitest';
import { clientOf } from './daemon/client';

declare module 'vitest' {
  interface ProvidedContext {
    docker: { readonly host?: string; readonly missing?: string; readonly pluginFolder?: string };
  }
}

/** What is missing for tests on Docker, in one line; undefined when they can run. */
export function dockerIsMissing(): string | undefined {
  return inject('docker').missing;
}

/** Where the daemon is, as DOCKER_HOST takes it; the tests' environment has it there too. */
export function dockerHost(): string {
  const { host, missing } = inject('docker');
  if (!host) throw new Error(`there is no Docker daemon: ${missing}`);
  return host;
}

/** A client of the daemon. */
export function docker(): Dockerode {
  return clientOf(dockerHost());
}

/** `describe` for tests that need the daemon: skipped where there is none, hooks included. */
export const describeOnDocker = describe.skipIf(dockerIsMissing() !== undefined);

/**
 * Removes everything that carries a label, for the end of a test: on a daemon that is not the tests' own nothing else
 * does it. Containers are killed.
 * @param label `key` or `key=value`
 */
export async function removeLabelled(label: string): Promise<void> {
  const client = docker();
  const filters = { label: [label] };
  const containers = await client.listContainers({ all: true, filters });
  for (const { Id } of containers) await client.getContainer(Id).remove({ force: true, v: true });
  for (const { Id } of await client.listNetworks({ filters })) await client.getNetwork(Id).remove();
  const { Volumes } = await client.listVolumes({ filters });
  for (const { Name } of Volumes ?? []) await client.getVolume(Name).remove({ force: true });
}
