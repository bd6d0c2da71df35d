import { CutoverError, exitCodes } from '../errors';
import { createView } from '../platforms/view';
import { digestPosture } from '../posture/posture';
import { declareStack } from '../workloads/declare-all';
import { inspectStack, type WorkloadStatus } from './shared/inspect';
import type { Project } from './shared/project';
import { readStackConfig, requireKnownStack } from './shared/stack-config';
import { describeStatus } from './shared/status-text';
import type { Verb } from './shared/verb';

/** Says what runs, what is wrong first. Needs no engine. */
export const status: Verb = {
  name: 'status',
  description: 'Say what runs, what is wrong first. Needs no engine. Exit code 4 when something is wrong.',
  options: [['--all', 'everything, also where it is more than the screen shows']],
  examples: [
    ['cutover status', 'the stack main on one screen'],
    ['cutover status --all', 'every problem, also where there are many'],
  ],
  async run(context, { all }) {
    await requireKnownStack(context);
    const { workloads, others } = await inspectStack(context);
    const running = healthOf(workloads, 'backend');
    const gateway = healthOf(workloads, 'gateway');
    const declared = (gateway?.posture as { digest?: string } | null | undefined)?.digest ?? null;
    const wanted = readWanted(context);
    const problems = [
      ...workloads.filter(({ ok }) => !ok).map(({ workload, state, problem }) => `${workload} is ${state}: ${problem}`),
      ...others,
      ...(wanted.problem ? [wanted.problem] : []),
      ...(declared && wanted.digest && declared !== wanted.digest
        ? ["the stack's config has changed since the last up: cutover preview says how"]
        : []),
      ...(running?.tradingMode === 'live' && (gateway?.permit as { state?: string } | undefined)?.state !== 'held'
        ? ['the stack is in live mode without a permit: the gateway refuses every live order']
        : []),
      // What a backend says of itself is only believed where it agrees with what was declared.
      ...(declared && declared === wanted.digest && running && running.tradingMode !== wanted.tradingMode
        ? [
            `the backend says ${String(running.tradingMode)} mode, but the stack was brought up in ${wanted.tradingMode}`,
          ]
        : []),
    ];
    const halted = gateway?.halt as { haltedAt: string; reason: string; by: string } | null | undefined;
    const json = {
      stack: context.stack,
      ok: problems.length === 0,
      problems,
      tradingMode: running?.tradingMode ?? null,
      posture: { declared, config: wanted.digest ?? null },
      halt: halted ?? null,
      agents: healthOf(workloads, 'orchestrator')?.agents ?? null,
      risk: running?.risk ?? null,
      workloads: workloads.map(({ health: _, ...rest }) => rest),
    };
    return {
      exitCode: json.ok ? exitCodes.done : exitCodes.checkFailed,
      json,
      text: describeStatus(json, workloads, all ? { ...context.screen, rows: undefined } : context.screen),
    };
  },
};

function healthOf(workloads: readonly WorkloadStatus[], name: string): Record<string, unknown> | undefined {
  return workloads.find(({ workload }) => workload === name)?.health;
}

/** The posture that the stack's config asks for; a config that cannot be read is a problem, not the end of `status`. */
function readWanted(project: Project): { digest?: string; tradingMode?: string; problem?: string } {
  try {
    const config = readStackConfig(project);
    const { posture } = declareStack(config, project.stack, project.home, createView(config, project));
    return { digest: digestPosture(posture), tradingMode: posture.tradingMode };
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    return { problem: [error.message, ...error.details].join('; ') };
  }
}
