import { CutoverError, exitCodes } from '../errors';
import { createView } from '../platforms/view';
import { digestPosture } from '../posture/posture';
import { declareStack } from '../workloads/declare-all';
import { inspectStack, type WorkloadStatus } from './shared/inspect';
import type { Project } from './shared/project';
import { readStackConfig, requireKnownStack } from './shared/stack-config';
import type { Verb } from './shared/verb';

/** Says what runs, what is wrong first. Needs no engine. */
export const status: Verb = {
  name: 'status',
  description: 'Say what runs, what is wrong first. Needs no engine. Exit code 4 when something is wrong.',
  examples: [['cutover status', 'the stack main on one screen']],
  async run(context) {
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
      text: describe(json, workloads),
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

function describe(
  json: {
    stack: string;
    problems: string[];
    tradingMode: unknown;
    halt: { haltedAt: string; reason: string; by: string } | null;
    agents: unknown;
    risk: unknown;
  },
  workloads: readonly WorkloadStatus[],
): string {
  const agents = (json.agents ?? []) as { name: string; state: string }[];
  const risk = json.risk as { drawdown?: number; equityUsd?: number; locked?: boolean } | null;
  return [
    `Stack ${json.stack}: ${headline(json.problems.length, json.halt !== null)}`,
    ...json.problems.map((problem) => `  ! ${problem}`),
    ...(json.halt
      ? [`  HALTED since ${json.halt.haltedAt} by ${json.halt.by}: ${json.halt.reason}. Live trading is barred.`]
      : []),
    `  mode ${json.tradingMode ?? 'unknown'}, agents ${agents.map(({ name, state }) => `${name} (${state})`).join(', ') || 'none'}`,
    ...(risk
      ? [
          `  equity ${risk.equityUsd?.toFixed(2)} USD, drawdown ${((risk.drawdown ?? 0) * 100).toFixed(2)} %${risk.locked ? ', RISK LOCKED' : ''}`,
        ]
      : []),
    ...workloads.map(
      ({ workload, state, pid, address }) =>
        `  ${workload.padEnd(16)} ${state.padEnd(12)} ${String(pid ?? '-').padEnd(8)} ${address ?? ''}`,
    ),
  ].join('\n');
}

function headline(problems: number, halted: boolean): string {
  const count = problems === 1 ? 'one problem' : `${problems} problems`;
  if (halted) return problems === 0 ? 'HALTED, otherwise all well' : `HALTED, and ${count}`;
  return problems === 0 ? 'all well.' : count;
}
