import type { Config } from '../../config';
import { type Grounds, readGrounds } from '../../ledger/grounds';
import { createOperations } from '../../platforms/operations';
import { createView } from '../../platforms/view';
import { type Decision, decide } from '../../posture/decide';
import type { Posture } from '../../posture/posture';
import type { ProjectFiles } from '../../project-files';
import { declareStack } from '../../workloads/declare-all';
import type { Project } from './project';
import { parseStackConfig, readStackFile } from './stack-config';
import { stackFiles } from './stack-files';

/** A posture that a stack is to have, and the config that asks for it. */
export interface Target {
  readonly config: Config;
  readonly posture: Posture;
}

/** A target with what stands for and against it. */
export interface JudgedTarget extends Target {
  readonly grounds: Grounds;
  readonly decision: Decision;
}

/**
 * The posture that a stack's config asks for.
 * @param text the config file's text, where it is not the one on disk
 * @param files the files that it names, where they are not those on disk
 * @throws CutoverError `unknown_stack`, `invalid_config`
 */
export function readTarget(project: Project, text = readStackFile(project), files?: ProjectFiles): Target {
  return declare(project, parseStackConfig(text, project, files), files);
}

/**
 * The posture that a stack's config would ask for in live mode: what proofs are made for while the stack is in paper.
 * @throws as `readTarget`
 */
export function readLiveTarget(project: Project, text?: string, files?: ProjectFiles): Target {
  return declare(project, { ...readTarget(project, text, files).config, tradingMode: 'live' }, files);
}

/**
 * Decides on a target with the ledger and the evidence that there are.
 * @throws CutoverError `data_unreachable` (exit code 5) where the ledger is out of reach
 */
export async function judgeTarget(project: Project, target: Target): Promise<JudgedTarget> {
  await createOperations(project).fetchData('guardian');
  const grounds = readGrounds(stackFiles(project), Date.now());
  return { ...target, grounds, decision: decide({ ...grounds, to: target.posture }) };
}

/** The posture of a target in paper: what is measured on the way to live. */
export function inPaper({ posture }: Pick<Target, 'posture'>): Posture {
  return { ...posture, tradingMode: 'paper' };
}

function declare(project: Project, config: Config, files?: ProjectFiles): Target {
  const { posture } = declareStack(config, project.stack, project.home, createView(config, project, files));
  return { config, posture };
}
