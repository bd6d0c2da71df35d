import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { CustomResource, type CustomResourceOptions } from '@pulumi/pulumi';
import type { Config } from '../config';
import { packageDir } from '../package-dir';
import { digestFile, digestOf } from '../posture/digest';
import { digestPosture, type Posture } from '../posture/posture';
import type { Platform, Program, StackPlace, WorkloadSpec } from './platform';
import { dataDir, logDir, postureFile, secretFile } from './process/home';
import { processHost } from './process/host';
import { resourceTypes } from './process/resource-types';
import type { ProcessInputs } from './process/start';

class ProcessResource extends CustomResource {
  constructor(name: string, inputs: ProcessInputs, options: CustomResourceOptions) {
    super(resourceTypes.process, name, { ...inputs, pid: undefined, url: undefined, startedAt: undefined }, options);
  }
}

class PostureResource extends CustomResource {
  constructor(name: string, inputs: { home: string; stack: string; digest: string; posture: Posture }) {
    super(resourceTypes.posture, name, inputs);
  }
}

/** Local processes, supervised by the resources of our own Node.js provider. */
export function createProcessPlatform(config: Config, place: StackPlace): Platform<CustomResource> {
  const folder = { home: place.home, stack: place.stack };
  const commandOf = (program: Program) =>
    program.kind === 'shipped' ? [findNode(), shippedFile(program.entry), ...program.args] : [...program.command];
  const digestProgram = (program: Program) =>
    program.kind === 'shipped'
      ? digestFile(shippedFile(program.entry))
      : digestCommand(program.command, place.projectDir);

  return {
    addressOf: (workload) => `http://${processHost}:${config.ports[workload]}`,
    commandOf,
    digestOf: digestProgram,
    postureFile: postureFile(folder),
    declarePosture: (posture) => new PostureResource('posture', { ...folder, digest: digestPosture(posture), posture }),
    declare: (spec, dependsOn) =>
      new ProcessResource(
        spec.name,
        {
          ...folder,
          workload: spec.name,
          command: commandOf(spec.program),
          cwd: place.projectDir,
          host: processHost,
          port: spec.port,
          environment: environmentOf(spec, folder),
          secrets: [...new Set(Object.values(spec.secrets))].sort(),
          source: digestProgram(spec.program),
        },
        { dependsOn: [...dependsOn] },
      ),
  };
}

function environmentOf(spec: WorkloadSpec, folder: { home: string; stack: string }): Record<string, string> {
  const files = Object.entries(spec.secrets).map(([variable, name]) => [variable, secretFile(folder, name)]);
  return {
    ...spec.environment,
    ...Object.fromEntries(files),
    CUTOVER_STACK: folder.stack,
    CUTOVER_WORKLOAD: spec.name,
    CUTOVER_SLICE: spec.slice,
    HOST: processHost,
    PORT: String(spec.port),
    DATA_DIR: dataDir(folder, spec.name),
    LOG_DIR: logDir(folder, spec.name),
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

/** Digest of a user's command: its words, and the content of every file that they name. */
function digestCommand(command: readonly string[], projectDir: string) {
  const files = command
    .map((word) => path.resolve(projectDir, word))
    .filter((file) => existsSync(file) && statSync(file).isFile())
    .map((file) => digestFile(file));
  return digestOf({ command, files });
}
