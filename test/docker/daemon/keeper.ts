/**
 * Keeps a Docker daemon for the tests: starts it, prints where it is as one line of JSON, and takes it down when its
 * standard input ends. So it ends with the test run however that ends, by Ctrl-C or killed.
 */
import { messageOf } from '../../../errors';
import { hostOf, startDaemon, sweep, takeDown } from './daemon';

let folder: string | undefined;
let stopping = false;
const started = start();

async function start(): Promise<void> {
  await sweep();
  folder = await startDaemon();
  if (!stopping) console.log(JSON.stringify({ host: hostOf(folder) }));
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await started.catch(() => {});
  if (folder) await takeDown(folder);
  // A test that ran a daemon of its own may have ended in the middle too.
  await sweep();
  process.exit(0);
}

process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
process.stdout.on('error', stop);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
started.catch((error) => {
  console.log(JSON.stringify({ missing: messageOf(error) }));
  process.exit(0);
});
