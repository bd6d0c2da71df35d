import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import { packageDir } from '../package-dir';
import { createOperations } from '../platforms/operations';
import { workloadNames } from '../posture/posture';
import { createStack, openEngine } from '../scripts/shared/engine-session';
import { packNames } from '../scripts/shared/expected-policies';
import { findProject, type Project } from '../scripts/shared/project';
import { freePort } from '../test/helpers/free-port';

/** A stack that is up, in a folder and on ports of its own. */
export interface BenchStack {
  /** The options that have every pack judge. */
  readonly packs: readonly string[];
  cutover(...args: string[]): Promise<void>;
  pulumi(...args: string[]): Promise<void>;
  close(): Promise<void>;
}

/** A project in a folder and on ports of its own. */
export interface BenchProject {
  readonly project: Project;
  /** The options that have every pack judge. */
  readonly packs: readonly string[];
  cutover(args: readonly string[]): Promise<string>;
  /** @returns what it printed */
  pulumi(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
  /** Makes the stack in the engine's state. */
  initialise(): Promise<void>;
  remove(): void;
}

/** @param program what the engine runs in place of Cutover's own */
export async function openBenchProject(progress: (message: string) => void, program?: string): Promise<BenchProject> {
  const root = packageDir();
  const dir = mkdtempSync(path.join(tmpdir(), 'cutover-bench-'));
  for (const name of ['dist', 'provider', 'policies', 'models', 'node_modules', 'bin', 'toolchain']) {
    symlinkSync(path.join(root, name), path.join(dir, name));
  }
  const description = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const main = program ?? description.main;
  writeFileSync(path.join(dir, 'package.json'), JSON.stringify({ ...description, main }));
  cpSync(path.join(root, 'Pulumi.yaml'), path.join(dir, 'Pulumi.yaml'));
  const config = parseDocument(readFileSync(path.join(root, 'stacks', 'Pulumi.main.yaml'), 'utf8'));
  for (const name of workloadNames) config.setIn(['config', 'cutover:ports', name], await freePort());
  mkdirSync(path.join(dir, 'stacks'));
  writeFileSync(path.join(dir, 'stacks', 'Pulumi.main.yaml'), config.toString());

  const project = { ...findProject(dir, 'main'), home: path.join(dir, '.cutover') };
  const session = await openEngine(project, progress);
  const run = async (file: string, args: readonly string[], environment = {}) => {
    const env = { ...session.environment, CUTOVER_HOME: project.home, ...environment };
    return (await execa(file, args, { cwd: dir, env })).stdout;
  };
  return {
    project,
    packs: packNames.flatMap((name) => ['--policy-pack', path.join(root, 'policies', name)]),
    cutover: (args) => run(process.execPath, [path.join(root, 'bin', 'cutover.js'), ...args]),
    pulumi: (args, environment) => run('pulumi', args, environment),
    initialise: () => createStack(project, session),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export async function openBenchStack(progress: (message: string) => void): Promise<BenchStack> {
  const { project, packs, cutover, pulumi, remove } = await openBenchProject(progress);
  progress('bringing a stack up to measure on');
  await cutover(['up']);
  return {
    packs,
    cutover: async (...args) => void (await cutover(args)),
    pulumi: async (...args) => void (await pulumi(args)),
    close: async () => {
      const operations = createOperations(project);
      for (const workload of workloadNames) await operations.stop(workload);
      remove();
    },
  };
}
