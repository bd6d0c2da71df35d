import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { bundleEntry } from '../../helpers/bundle';
import type { Cluster } from './cluster';

/** Where a cluster for the tests can be asked for, or what is missing for one. */
export type ProvidedCluster =
  | { readonly port: number; readonly keeper: number; stop(): Promise<void> }
  | { readonly missing: string };

/**
 * Prepares a Kubernetes of the tests' own. One that the environment names is never taken: tests would put their images
 * and policies into what may be somebody's real one. It is started when it is first asked for, so that it does not run
 * beside the tests that come before those that need it.
 */
export async function provideCluster(): Promise<ProvidedCluster> {
  const entry = await bundleEntry('test/kubernetes/cluster/keeper.ts');
  // In a session of its own, so that Ctrl-C reaches it only as the end of its standard input.
  const keeper = spawn(process.execPath, [entry], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const answer = await firstLine(keeper);
  if (!answer) return { missing: 'the Kubernetes of the tests could not be prepared' };
  const said: { port: number } | { missing: string } = JSON.parse(answer);
  if ('missing' in said) return said;
  return {
    ...said,
    keeper: keeper.pid!,
    stop: async () => {
      const ended = once(keeper, 'exit');
      keeper.stdin?.end();
      await ended;
    },
  };
}

/** Asks for the cluster, and waits until it is started. */
export async function askForCluster(port: number): Promise<Cluster | { missing: string }> {
  const said = await text(connect({ port, host: '127.0.0.1' })).catch(() => '');
  return said ? JSON.parse(said) : { missing: 'what keeps the Kubernetes of the tests has ended' };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  return undefined;
}
