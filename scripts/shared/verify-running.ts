import { digestPosture, type Posture } from '../../posture/posture';
import { inspectStack } from './inspect';
import type { Project } from './project';

/**
 * Compares what runs with the posture that should: every workload by what the platform says, and mode and digest by
 * what backend and gateway answer.
 * @returns each difference, as a sentence
 */
export async function findDifferences(project: Project, posture: Posture): Promise<string[]> {
  const { workloads, others } = await inspectStack(project);
  const found = workloads
    .filter(({ ok }) => !ok)
    .map(({ workload, state, problem }) => `${workload} is ${state}: ${problem}`);
  const mode = workloads.find(({ workload }) => workload === 'backend')?.health?.tradingMode;
  if (mode !== posture.tradingMode)
    found.push(`the backend says ${String(mode)} mode, expected ${posture.tradingMode}`);
  const declared = workloads.find(({ workload }) => workload === 'gateway')?.health?.posture as {
    digest?: string;
  } | null;
  if (declared?.digest !== digestPosture(posture)) {
    found.push(`the gateway knows posture ${declared?.digest ?? 'none'}, expected ${digestPosture(posture)}`);
  }
  return [...found, ...others];
}
