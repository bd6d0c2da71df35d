/** A workflow as its YAML is read. */
export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly 'runs-on'?: unknown;
  readonly environment?: string;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': unknown };
  readonly env?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
}

export interface Step {
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly 'working-directory'?: string;
}

/** What the change's own code is never to run under: with the rights of the base, on the word of anybody. */
const dangerous = ['pull_request_target', 'workflow_run', 'issue_comment', 'repository_dispatch'];
/** Only our own repository's pull requests, and not those of a robot whose token may only read. */
const ownOnly =
  /^github\.event\.pull_request\.head\.repo\.full_name == github\.repository && github\.event\.pull_request\.user\.login != 'dependabot\[bot\]'$/;
/** What no pull request and nobody from outside starts. */
const insideOnly = /^github\.event_name == '(push|schedule|workflow_dispatch)'( && [^|]*)?$/;
// biome-ignore lint/suspicious/noTemplateCurlyInString: as a workflow writes it
const temporary = '${{ runner.temp }}/';
/** What is neither a script nor an action: it has to be there before either can be. */
const plain = ['npm ci', 'git checkout --quiet --detach HEAD^1'];

const isAtStack = ({ 'runs-on': where }: Job) => JSON.stringify(where ?? '').includes('self-hosted');
const reaches = (part: unknown, pattern: RegExp) => pattern.test(JSON.stringify(part));

/**
 * What of a workflow breaks a rule of docs/ci.md, as sentences.
 * @param text the workflow's YAML, for the versions that stand in comments
 * @param hasScript whether a script such as `.ci/up` exists and can be run
 */
export function findFaults(workflow: Workflow, text: string, hasScript: (name: string) => boolean): string[] {
  const faults: string[] = [];
  for (const name of dangerous) if (name in workflow.on) faults.push(`on: ${name}`);
  if (JSON.stringify(workflow.permissions) !== '{}') faults.push('permissions: expected none for the whole');
  for (const [, uses, version = ''] of text.matchAll(/uses: (\S+@\S+)(.*)/g)) {
    if (!/^ # v\d+\.\d+\.\d+$/.test(version)) faults.push(`${uses} does not say its version`);
  }
  for (const [name, job] of Object.entries(workflow.jobs)) {
    faults.push(...findJobFaults(workflow, job, hasScript).map((fault) => `${name}: ${fault}`));
  }
  return faults;
}

function findJobFaults(workflow: Workflow, job: Job, hasScript: (name: string) => boolean): string[] {
  const { permissions, steps = [], concurrency } = job;
  const faults: string[] = [];
  if (permissions === undefined) faults.push('permissions are not said');
  const allowed: Record<string, string> = { contents: 'read', 'pull-requests': 'write' };
  for (const [what, right] of Object.entries(permissions ?? {})) {
    if (allowed[what] !== right) faults.push(`permission ${what}: ${right}`);
  }
  const isInside = insideOnly.test(job.if ?? '');
  if (reaches(job, /secrets\.|"inherit"/) && !isInside) faults.push('a secret where a pull request comes');
  if (reaches(job, /APPROVER|approver/)) faults.push("the approver's key");
  if (job.uses !== undefined) return faults;

  if (!((job['timeout-minutes'] ?? 0) > 0)) faults.push('no timeout');
  const isReusable = 'workflow_call' in workflow.on;
  if (!concurrency && isReusable) faults.push('no concurrency');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as a workflow writes it
  if (concurrency && !concurrency.group.includes('${{ inputs.stack }}')) faults.push('concurrency is not by stack');
  if (reaches(job.env, /secrets\.|github\.token/)) faults.push('a token for every step');
  if (isAtStack(job)) {
    if (!isInside) faults.push("a pull request comes to the stack's machine");
    if (steps.some(({ uses }) => uses)) faults.push("an action on the stack's machine");
    if (concurrency?.['cancel-in-progress'] !== false && !reaches(job.if, /schedule/)) faults.push('cut off midway');
    if (JSON.stringify(permissions) !== '{}') faults.push("a permission on the stack's machine");
  }
  const writes = Object.values(permissions ?? {}).includes('write');
  if (writes && !isInside && !checksOutBase(steps)) faults.push("the change's own code may write");
  for (const step of steps) faults.push(...findStepFaults(step, isInside, hasScript));
  return faults;
}

/** Whether nothing of a pull request runs but what its base holds. */
function checksOutBase(steps: readonly Step[]): boolean {
  const first = steps.findIndex(({ uses }) => uses?.startsWith('actions/checkout@'));
  return first === 0 && steps[1]?.run === plain[1];
}

function findStepFaults(step: Step, isInside: boolean, hasScript: (name: string) => boolean): string[] {
  const { uses, run, env } = step;
  const faults: string[] = [];
  if (uses !== undefined) {
    if (!/^actions\/[a-z-]+@[0-9a-f]{40}$/.test(uses)) faults.push(`${uses} is not pinned by a commit`);
    if (/checkout@/.test(uses) && step.with?.['persist-credentials'] !== false)
      faults.push('a checkout leaves its token');
  }
  if (/download-artifact@/.test(uses ?? '') && !String(step.with?.path).startsWith(temporary)) {
    faults.push('what another job made is put over what runs');
  }
  if (run !== undefined) {
    const script = /^\.ci\/[a-z]+$/.test(run);
    if (!script && !plain.includes(run)) faults.push(`it runs ${run}`);
    if (script && !hasScript(run)) faults.push(`there is no ${run}`);
  }
  if (reaches(env, /github\.token/) && !isInside && !ownOnly.test(step.if ?? '')) faults.push('a token for a fork');
  return faults;
}
