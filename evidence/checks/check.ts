import type { Posture, WorkloadName } from '../../posture/posture';

/** What a service answered. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A running stack as the checks see it. Whoever runs them says how each thing is looked at. */
export interface Subject {
  /** The posture that should run. */
  readonly running: Posture;
  /** The posture that the checks are made for. */
  readonly target: Posture;
  readonly workloads: readonly WorkloadName[];
  /** @throws Error when nothing answers */
  get(workload: WorkloadName, path: string): Promise<Answer>;
  /** @throws as `get` */
  post(workload: WorkloadName, path: string, body: object): Promise<Answer>;
  /** What the platform says runs: the state of each workload, and processes that nothing accounts for. */
  observe(): Promise<{
    replicas: readonly { workload: WorkloadName; state: string; reason?: string; pid?: number; innerPid?: number }[];
    strays: readonly string[];
  }>;
  /** The posture read from what really runs. @throws Error when it cannot be read */
  readObservedPosture(): Promise<Posture>;
  /** What the orchestrator's own `status` command printed. */
  runOrchestratorStatus(): Promise<{ exitCode: number; stdout: string }>;
  /** The stack's databases. */
  readonly databases: readonly { readonly name: string; readonly file: string }[];
}

/** One thing that an operator checks before a change. */
export interface Check {
  readonly name: string;
  /** @returns what is wrong, or undefined when nothing is. What it throws is a failure too. */
  run(subject: Subject): Promise<string | undefined>;
}

/** What came of one check. */
export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly detail?: string;
}

/** Runs checks one after the other; one that fails does not keep the next from being made. */
export async function runChecks(checks: readonly Check[], subject: Subject): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const detail = await check.run(subject).catch((error: unknown) => String((error as Error)?.message ?? error));
    results.push({
      name: check.name,
      passed: detail === undefined,
      ...(detail ? { detail: detail.slice(0, 2000) } : {}),
    });
  }
  return results;
}
