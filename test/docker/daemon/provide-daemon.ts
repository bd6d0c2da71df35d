import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bundleEntry } from '../../helpers/bundle';
import { answers } from './daemon';
import { ensureInstalled } from './install';

/** A daemon for the tests, or what is missing for one. */
export type ProvidedDaemon = { readonly host: string; stop(): Promise<void> } | { readonly missing: string };

const defaultHost = 'unix:///var/run/docker.sock';

/**
 * Provides a Docker daemon: the one that DOCKER_HOST names, else one of the tests' own, else this machine's. Only one of
 * its own is taken down at the end; on any other the tests remove what they made.
 */
export async function provideDaemon(onProgress: (message: string) => void): Promise<ProvidedDaemon> {
  const named = process.env.DOCKER_HOST;
  if (named) {
    if (await answers(named)) return { host: named, stop: async () => {} };
    return { missing: `no Docker daemon answers at DOCKER_HOST=${named}` };
  }
  const reason = await ensureInstalled(onProgress);
  const own = reason === undefined ? await startOwn() : { missing: reason };
  if ('host' in own || !(await answers(defaultHost))) return own;
  return { host: defaultHost, stop: async () => {} };
}

async function startOwn(): Promise<ProvidedDaemon> {
  const entry = await bundleEntry('test/docker/daemon/keeper.ts');
  // In a session of its own, so that Ctrl-C reaches it only as the end of its standard input.
  const keeper = spawn(process.execPath, [entry], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const answer = await firstLine(keeper);
  if (!answer) return { missing: 'the Docker daemon of the tests could not be started' };
  const said: { host: string } | { missing: string } = JSON.parse(answer);
  if ('missing' in said) return said;
  return {
    host: said.host,
    stop: async () => {
      const ended = once(keeper, 'exit');
      keeper.stdin?.end();
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: child.stdout! })) return line;
  return undefined;
}
