/**
 * Keeps a Kubernetes for the tests: builds its programs if they are not there and prints, as one line of JSON, the port
 * at which it answers. The first who asks there has it start the cluster; every one is told where that is. It takes the
 * cluster down when its standard input ends, and so with the test run, however that ends. With the argument `now` it
 * starts the cluster at once and prints where that is.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { messageOf } from '../../../errors';
import { type Cluster, startCluster, sweep, takeDown } from './cluster';
import { ensureTools } from './install';
import { ensurePrograms } from './programs';

type Answer = Cluster | { readonly missing: string };

const onProgress = (message: string) => console.error(message);
const stopped = new AbortController();
let cluster: Promise<Cluster> | undefined;
const prepared = prepare();

/** @returns the folder with the programs */
async function prepare(): Promise<string> {
  const missing = await ensureTools(onProgress);
  if (missing !== undefined) throw new Error(missing);
  await sweep();
  const moduleDir = path.resolve('test/kubernetes/cluster/go');
  const programs = await ensurePrograms({ moduleDir, signal: stopped.signal, onProgress });
  if ('missing' in programs) throw new Error(programs.missing);
  return programs.folder;
}

async function answer(): Promise<Answer> {
  try {
    const programs = await prepared;
    stopped.signal.throwIfAborted();
    cluster ??= startCluster(programs, stopped.signal);
    return await cluster;
  } catch (error) {
    return { missing: messageOf(error) };
  }
}

/** @returns the port */
async function serve(): Promise<number> {
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    socket.end(JSON.stringify(await answer()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function begin(): Promise<void> {
  try {
    await prepared;
    const said = process.argv[2] === 'now' ? await answer() : { port: await serve() };
    if (!stopped.signal.aborted) console.log(JSON.stringify(said));
  } catch (error) {
    if (stopped.signal.aborted) return;
    console.log(JSON.stringify({ missing: messageOf(error) }));
    process.exit(0);
  }
}

async function stop(): Promise<void> {
  if (stopped.signal.aborted) return;
  stopped.abort();
  await prepared.catch(() => {});
  const made = await cluster?.catch(() => undefined);
  if (made) await takeDown(made.folder);
  // A test that ran a cluster of its own may have ended in the middle too.
  await sweep();
  process.exit(0);
}

process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
process.stdout.on('error', stop);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
begin();
