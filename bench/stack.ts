import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import { packageDir } from '../package-dir';
import { createOperations } from '../platforms/operations';
import { workloadNames } from '../posture/posture';
import { openEngine } from '../scripts/shared/engine-session';
import { findProject } from '../scripts/shared/project';

/** A stack that is up, in a folder and on ports of its own. */
export interface BenchStack {
  /** The folder of the pack `live-promotion`. */
  readonly pack: string;
  cutover(...args: string[]): Promise<void>;
  pulumi(...args: string[]): Promise<void>;
  close(): Promise<void>;
}

export async function openBenchStack(progress: (message: string) => void): Promise<BenchStack> {
  const root = packageDir();
  const dir = mkdtempSync(path.join(tmpdir(), 'cutover-bench-'));
  for (const name of ['dist', 'provider', 'policies', 'models', 'node_modules', 'package.json', 'bin', 'toolchain']) {
    symlinkSync(path.join(root, name), path.join(dir, name));
  }
  cpSync(path.join(root, 'Pulumi.yaml'), path.join(dir, 'Pulumi.yaml'));
  const config = parseDocument(readFileSync(path.join(root, 'stacks', 'Pulumi.main.yaml'), 'utf8'));
  for (const name of workloadNames) config.setIn(['config', 'cutover:ports', name], await freePort());
  mkdirSync(path.join(dir, 'stacks'));
  writeFileSync(path.join(dir, 'stacks', 'Pulumi.main.yaml'), config.toString());

  const project = { ...findProject(dir, 'main'), home: path.join(dir, '.cutover') };
  const { environment } = await openEngine(project, progress);
  const run = async (file: string, args: string[]) => {
    await execa(file, args, { cwd: dir, env: { ...environment, CUTOVER_HOME: project.home } });
  };
  const cutover = (...args: string[]) => run(process.execPath, [path.join(root, 'bin', 'cutover.js'), ...args]);
  progress('bringing a stack up to measure on');
  await cutover('up');
  return {
    pack: path.join(root, 'policies', 'live-promotion'),
    cutover,
    pulumi: (...args) => run('pulumi', args),
    close: async () => {
      const operations = createOperations(project);
      for (const workload of workloadNames) await operations.stop(workload);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
