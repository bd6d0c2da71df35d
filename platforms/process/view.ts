import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config';
import { packageDir } from '../../package-dir';
import { type Digest, digestFile, digestOf } from '../../posture/digest';
import type { PlatformView, StackPlace, WorkloadSpec } from '../platform';
import { dataDir, logDir, postureFile, secretFile } from './home';
import { processHost } from './host';
import type { ProcessInputs } from './start';

/** The names of things on the process platform, without the engine: commands, addresses, digests. */
export function createProcessView(config: Config, place: StackPlace): PlatformView {
  return {
    addressOf: (workload) => `http://${processHost}:${config.ports[workload]}`,
    commandOf: (program) =>
      program.kind === 'shipped' ? [findNode(), shippedFile(program.entry), ...program.args] : [...program.command],
    digestOf: (program) =>
      program.kind === 'shipped'
        ? digestFile(shippedFile(program.entry))
        : digestCommand(program.command, place.projectDir),
    postureFile: postureFile(place),
  };
}

/** The inputs of the `Process` resource that carries out a workload's declaration. */
export function processInputs(spec: WorkloadSpec, place: StackPlace, view: PlatformView): ProcessInputs {
  const files = Object.entries(spec.secrets).map(([variable, name]) => [variable, secretFile(place, name)]);
  return {
    home: place.home,
    stack: place.stack,
    workload: spec.name,
    command: view.commandOf(spec.program),
    cwd: place.projectDir,
    host: processHost,
    port: spec.port,
    environment: {
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
    },
    secrets: [...new Set(Object.values(spec.secrets))].sort(),
    source: view.digestOf(spec.program),
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

/** Digest of a user's command: its words, and the content of every file that they name. */
function digestCommand(command: readonly string[], projectDir: string): Digest {
  const files = command
    .map((word) => path.resolve(projectDir, word))
    .filter((file) => existsSync(file) && statSync(file).isFile())
    .map((file) => digestFile(file));
  return digestOf({ command, files });
}
