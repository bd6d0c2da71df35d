import path from 'node:path';
import type { WorkloadName } from '../../posture/posture';

/** Where everything of a stack is kept: `<home>/stacks/<stack>/`. */
export interface StackFolder {
  readonly home: string;
  readonly stack: string;
}

/** The folder that keeps state, data and logs: CUTOVER_HOME, or `.cutover` in the project. */
export function homeOf(projectDir: string, environment: NodeJS.ProcessEnv = process.env): string {
  return environment.CUTOVER_HOME ? path.resolve(environment.CUTOVER_HOME) : path.join(projectDir, '.cutover');
}

export const stackDir = ({ home, stack }: StackFolder) => path.join(home, 'stacks', stack);
export const dataDir = (folder: StackFolder, workload: WorkloadName) => path.join(stackDir(folder), workload, 'data');
export const logDir = (folder: StackFolder, workload: WorkloadName) => path.join(stackDir(folder), workload, 'logs');
export const logFile = (folder: StackFolder, workload: WorkloadName) =>
  path.join(logDir(folder, workload), `${workload}.log`);
export const recordFile = (folder: StackFolder, workload: WorkloadName) =>
  path.join(stackDir(folder), workload, 'process.json');
export const secretFile = (folder: StackFolder, name: string) => path.join(stackDir(folder), 'secrets', name);
/** The folder of what was declared last. A folder, since a container that is given a file does not see it replaced. */
export const declaredDir = (folder: StackFolder) => path.join(stackDir(folder), 'declared');
export const postureFile = (folder: StackFolder) => path.join(declaredDir(folder), 'posture.json');
/** The folder of a stack's evidence, beside its config and kept with it. */
export const evidenceDir = ({ projectDir, stack }: { projectDir: string; stack: string }) =>
  path.join(projectDir, 'stacks', 'evidence', stack);
