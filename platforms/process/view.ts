import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config';
import { packageDir } from '../../package-dir';
import type { ProjectFiles } from '../../project-files';
import type { PlatformView, StackPlace, WorkloadSpec } from '../platform';
import { dataDir, evidenceDir, logDir, postureFile, secretFile } from './home';
import { processHost } from './host';
import { digestCommand } from './source';
import type { ProcessInputs } from './start';

/** The names of things on the process platform, without the engine: commands, addresses, digests. */
export function createProcessView(config: Config, place: StackPlace, files?: ProjectFiles): PlatformView {
  const view: PlatformView = {
    addressOf: (workload) => `http://${processHost}:${config.ports[workload]}`,
    pathOf: (file) => file,
    commandOf: (program) =>
      program.kind === 'shipped' ? [findNode(), shippedFile(program.entry), ...program.args] : [...program.command],
    digestOf: (command) => digestCommand(command, place.projectDir, process.env.PATH, files?.digestOf),
    realize: (spec) => {
      const command = view.commandOf(spec.program);
      return { command, environment: environmentOf(spec, place), source: view.digestOf(command) };
    },
    postureFile: postureFile(place),
    evidenceDir: evidenceDir(place),
    logsOf: (workload) => logDir(place, workload),
  };
  return view;
}

/** The inputs of the `Process` resource that carries out a workload's declaration. */
export function processInputs(spec: WorkloadSpec, place: StackPlace, view: PlatformView): ProcessInputs {
  return {
    home: place.home,
    stack: place.stack,
    workload: spec.name,
    cwd: place.projectDir,
    host: processHost,
    port: spec.port,
    secrets: [...new Set(Object.values(spec.secrets))].sort(),
    ...view.realize(spec),
  };
}

function environmentOf(spec: WorkloadSpec, place: StackPlace): Record<string, string> {
  const files = Object.entries(spec.secrets).map(([variable, name]) => [variable, secretFile(place, name)]);
  return {
    ...spec.environment,
    ...Object.fromEntries(files),
    CUTOVER_STACK: place.stack,
    CUTOVER_WORKLOAD: spec.name,
    CUTOVER_SLICE: spec.slice,
    HOST: processHost,
    PORT: String(spec.port),
    DATA_DIR: dataDir(place, spec.name),
    LOG_DIR: logDir(place, spec.name),
    NODE_ENV: 'production',
  };
}

function shippedFile(entry: string): string {
  return path.join(packageDir(), 'dist', `${entry}.js`);
}

/** The Node.js that the package brings, so that a stack runs the same one whoever applies it; else the running one. */
function findNode(): string {
  const own = path.join(packageDir(), 'node_modules', 'node', 'bin', 'node');
  return existsSync(own) ? own : process.execPath;
}
