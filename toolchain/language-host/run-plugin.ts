import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { type RunPluginRequest, RunPluginResponse } from '@pulumi/pulumi/proto/language_pb';
import { messageOf } from '../../errors';
import { type Children, waitForExit } from './children';
import { resolveBootModule } from './modules';
import { PolicyProxy } from './policy-proxy';

type PluginCall = ServerWritableStream<RunPluginRequest, RunPluginResponse>;

/** An environment as the engine sends it, `NAME=value` each; a later entry wins. */
export function parseEnvironment(entries: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    if (equals > 0) environment[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  return environment;
}

/**
 * Runs a policy pack or a provider that the engine found as a folder, until it ends or the engine hangs up. Its output
 * goes back over the call; the first line of it is the port that the engine then dials.
 */
export async function runPlugin(call: PluginCall, children: Children): Promise<void> {
  const request = call.request;
  const folder = request.getInfo()?.getProgramDirectory() || request.getProgram();
  const env = parseEnvironment(request.getEnvList());
  const write = {
    stdout: (chunk: Uint8Array) => call.write(new RunPluginResponse().setStdout(chunk)),
    stderr: (chunk: Uint8Array) => call.write(new RunPluginResponse().setStderr(chunk)),
  };
  let child: ChildProcess | undefined;
  let proxy: PolicyProxy | undefined;
  call.once('cancelled', () => {
    proxy?.close();
    if (child) children.stop(child);
  });
  try {
    if (request.getKind() === 'analyzer') {
      const bootModule = resolveBootModule('run-policy-pack', folder);
      proxy = await PolicyProxy.listen();
      write.stdout(Buffer.from(`${proxy.port}\n`));
      const packEnv = await proxy.stackConfigured;
      if (call.cancelled) return;
      // The pack's folder is both the working folder and the last argument: packs are loaded by `require('.')`.
      child = children.start([bootModule, ...request.getArgsList(), folder], {
        cwd: folder,
        env: { ...env, ...packEnv },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      proxy.attach(child, write.stdout);
    } else {
      const bootModule = resolveBootModule('run-plugin', folder);
      child = children.start([bootModule, folder, ...request.getArgsList()], {
        cwd: request.getPwd() || folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      (child.stdout as Readable).on('data', write.stdout);
    }
    (child.stderr as Readable).on('data', write.stderr);
    const exit = await waitForExit(child);
    call.write(new RunPluginResponse().setExitcode(exit.code ?? 1));
  } catch (error) {
    write.stderr(Buffer.from(`${messageOf(error)}\n`));
    call.write(new RunPluginResponse().setExitcode(1));
  } finally {
    proxy?.close();
    call.end();
  }
}
