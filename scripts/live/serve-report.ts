import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { version } from '../../package.json';
import { packageDir } from '../../package-dir';
import { createOperations } from '../../platforms/operations';
import { haltStack } from '../halt';
import { listenForInterrupt } from '../shared/interrupt';
import { ticker } from '../shared/ticker';
import type { VerbContext, VerbResult } from '../shared/verb';
import { serveLive } from './server';
import { StackWatch } from './stack-watch';

/** Next to the workloads' ports, and none of them. */
export const defaultPort = 8040;

/**
 * Shows a stack live on loopback until Ctrl-C.
 * @throws CutoverError `port_taken` (exit code 2), `not_built` (5)
 */
export async function serveReport(context: VerbContext, port: number): Promise<VerbResult> {
  const { stack } = context;
  const started = Date.now();
  const watch = new StackWatch({ name: stack, version }, createOperations(context));
  let halts = 0;
  const server = await serveLive({
    port,
    script: readScript(),
    view: () => watch.view(),
    halt: (reason) => {
      halts += 1;
      context.progress('report: halting, as asked for in the page');
      // Where the stack is now: it may have been brought up elsewhere since.
      return haltStack(stack, createOperations(context), reason);
    },
  });
  const interrupt = listenForInterrupt(() => context.progress('report: ending'));
  watch.start();
  context.progress(`report: ${server.url} shows stack ${stack} live, to this machine only; Ctrl-C ends it`);
  ticker.hold();
  if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
  interrupt.release();
  watch.stop();
  await server.close();
  const seconds = (Date.now() - started) / 1_000;
  return {
    exitCode: exitCodes.done,
    json: { stack, url: server.url, seconds, halts },
    text: `Served ${server.url} for ${seconds.toFixed(0)} s.${halts > 0 ? ` Halts asked for in the page: ${halts}.` : ''}`,
  };
}

/** The page's script, as it was built. @throws CutoverError `not_built` */
function readScript(): string {
  const file = path.join(packageDir(), 'dist', 'report', 'live', 'browser', 'main.js');
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CutoverError('not_built', `expected the page's script in ${file}: ${messageOf(cause)}`, {
      exitCode: exitCodes.missing,
      details: ['npm run build makes it.'],
      cause,
    });
  }
}
