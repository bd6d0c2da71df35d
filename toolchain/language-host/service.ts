import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { LanguageRuntimeService } from '@pulumi/pulumi/proto/language_grpc_pb';
import {
  AboutResponse,
  DependencyInfo,
  type GetProgramDependenciesRequest,
  GetProgramDependenciesResponse,
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  type InstallDependenciesRequest,
  InstallDependenciesResponse,
  LanguageHandshakeResponse,
  type RunRequest,
  RunResponse,
} from '@pulumi/pulumi/proto/language_pb';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { version } from '@pulumi/pulumi/version';
import { messageOf } from '../../errors';
import { type Children, waitForExit } from './children';
import { runPlugin } from './run-plugin';
import { runProgram } from './run-program';

// The one `Empty` that the service checks against: another copy of the class would be refused.
const { responseType: Empty } = LanguageRuntimeService.cancel as unknown as { responseType: new () => object };

/**
 * The calls of the engine to a language host. Only what running programs, policy packs and providers takes: code
 * generation stays unimplemented, which the engine reports by itself.
 * @param engineAddress `host:port` of the engine that started this host
 */
export function languageRuntime(engineAddress: string, children: Children): UntypedServiceImplementation {
  return {
    handshake: always(() => new LanguageHandshakeResponse()),
    getPluginInfo: always(() => new PluginInfo().setVersion(version)),
    about: always(() => new AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    // None in advance: the engine looks for a provider's plugin when the first resource of it is registered.
    getRequiredPackages: always(() => new GetRequiredPackagesResponse()),
    getRequiredPlugins: always(() => new GetRequiredPluginsResponse()),
    cancel: always(() => {
      void children.stopAll();
      return new Empty();
    }),
    getProgramDependencies: (
      call: ServerUnaryCall<GetProgramDependenciesRequest, GetProgramDependenciesResponse>,
      answer: sendUnaryData<GetProgramDependenciesResponse>,
    ) => {
      const folder = call.request.getInfo()?.getProgramDirectory() || call.request.getPwd();
      const list = programDependencies(folder).map(([name, found]) =>
        new DependencyInfo().setName(name).setVersion(found),
      );
      answer(null, new GetProgramDependenciesResponse().setDependenciesList(list));
    },
    installDependencies,
    run: (call: ServerUnaryCall<RunRequest, RunResponse>, answer: sendUnaryData<RunResponse>) => {
      runProgram(call.request, engineAddress, children).then(
        ({ error, bail }) => answer(null, new RunResponse().setError(error).setBail(bail)),
        (error) => answer(null, new RunResponse().setError(messageOf(error))),
      );
    },
    runPlugin: (call: Parameters<typeof runPlugin>[0]) => void runPlugin(call, children),
  };
}

function always<T>(value: () => T) {
  return (_call: unknown, answer: sendUnaryData<T>) => answer(null, value());
}

/** The direct dependencies of the program in `folder`, each with the version that is installed, else the one asked for. */
export function programDependencies(folder: string): [name: string, version: string][] {
  const manifestPath = path.join(folder, 'package.json');
  let manifest: { dependencies?: Record<string, string>; devDependencies?: Record<string, string> };
  try {
    manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  } catch {
    return []; // a program without a manifest has no dependencies to tell of
  }
  const searched = createRequire(manifestPath).resolve.paths('x') ?? [];
  return Object.entries({ ...manifest.devDependencies, ...manifest.dependencies }).map(([name, asked]) => {
    for (const modules of searched) {
      try {
        return [name, JSON.parse(readFileSync(path.join(modules, name, 'package.json'), 'utf8')).version];
      } catch {} // not installed in this folder
    }
    return [name, asked];
  });
}

async function installDependencies(
  call: ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): Promise<void> {
  const folder = call.request.getInfo()?.getProgramDirectory() || call.request.getDirectory();
  const npm = spawn('npm', ['install'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  npm.stdout.on('data', (chunk) => call.write(new InstallDependenciesResponse().setStdout(chunk)));
  npm.stderr.on('data', (chunk) => call.write(new InstallDependenciesResponse().setStderr(chunk)));
  call.once('cancelled', () => npm.kill('SIGTERM'));
  try {
    const { code, signal } = await waitForExit(npm);
    if (code !== 0) throw new Error(`npm install in ${folder} failed (${signal ?? `exit code ${code}`})`);
    call.end();
  } catch (error) {
    call.emit('error', { code: status.INTERNAL, details: messageOf(error) });
  }
}
