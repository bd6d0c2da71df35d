import path from 'node:path';
import type { Config } from '../../config';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { readEvidence } from '../../evidence/store';
import { type Grounds, isInitialised } from '../../ledger/grounds';
import { packageDir } from '../../package-dir';
import { decide } from '../../posture/decide';
import type { ComparedSide, Note } from '../../posture/explain/compared';
import { explain } from '../../posture/explain/explain';
import { worstFirst } from '../../posture/explain/reason-codes';
import { digestPosture, type Posture } from '../../posture/posture';
import { filesOnDisk } from '../../project-files';
import { type ExplainedTarget, isInvalidConfig, readStackGrounds, viewOfGuardian } from './explained-target';
import { type GitObjects, openGitObjects } from './git-objects';
import type { Project } from './project';
import { openRevision, type Revision } from './revision';
import { chooseTrust } from './revision-trust';
import { readTradingMode } from './stack-config';
import { stackFiles } from './stack-files';
import { readLiveTarget, readTarget, type Target } from './target';

/** What is compared. Where there is no base it is judged from the standing grant; where no head, the work tree is. */
export interface Between {
  readonly base?: string;
  readonly head?: string;
  /** Judges the head as if it asked for live. */
  readonly asLive: boolean;
}

/** What lies between two sides: as any explained change, with the platforms that the configs ask for. */
export interface ExplainedBetween extends ExplainedTarget {
  readonly compared: NonNullable<ExplainedTarget['compared']>;
  readonly platform: { readonly before: Config['platform'] | null; readonly after: Config['platform'] };
}

const workTree: ComparedSide = { revision: 'working tree', commit: null };

/**
 * Explains what a stack's config changes from one git revision to another. Everything is read from git's objects; nothing is
 * checked out. Ledger and clock are those of now, and so is the code of the shipped workloads.
 * @throws CutoverError `no_git`, `unknown_revision`, `unknown_stack`, `invalid_config` (2), `git_missing`, `shallow_clone`,
 * `git_object_missing` (5), and as `explainTarget`
 */
export async function explainBetween(project: Project, { base, head, asLive }: Between): Promise<ExplainedBetween> {
  const git = openGitObjects(project.projectDir);
  const open = (name: string, option: string) => openRevision(git, git.resolve(name, option));
  const baseRevision = base === undefined ? null : open(base, '--base');
  const headRevision = head === undefined ? null : open(head, '--head');
  const { posture: to, config } = readHead(project, headRevision, asLive);
  const before = baseRevision && readBase(project, baseRevision, to);
  const { grounds, isElsewhere, ...trust } = readRevisionGrounds(
    project,
    await readStackGrounds(project, to),
    baseRevision,
    headRevision,
  );
  // A posture in paper is not granted, and what comes after is judged from nothing, by the guardian too.
  const from = before?.target?.posture.tradingMode === 'live' ? before.target.posture : null;
  const input = baseRevision ? { ...grounds, from, to } : { ...grounds, to };
  const compared = baseRevision ? (before?.target?.posture ?? null) : grounds.from;
  const explanation = explain(input, decide(input), compared);
  const differs = baseRevision !== null && !isSame(grounds.from, from);
  return {
    posture: to,
    before: compared,
    platform: { before: before?.target?.config.platform ?? null, after: config.platform },
    ledger: grounds.ledger,
    explanation: { ...explanation, warnings: worstFirst([...explanation.warnings, ...trust.warnings]) },
    compared: { base: baseRevision && sideOf(baseRevision), head: headRevision ? sideOf(headRevision) : workTree },
    guardian: differs && grounds.ledger.readable ? viewOfGuardian(grounds, to) : null,
    notes: [
      ...(before?.notes ?? []),
      ...trust.notes,
      ...noteLedger(grounds, baseRevision !== null, isElsewhere),
      ...noteCode(git, baseRevision, headRevision),
      ...noteWorkTree(project, [baseRevision, headRevision]),
    ],
  };
}

const sideOf = ({ commit }: Revision): ComparedSide => ({ revision: commit.name, commit: commit.id });

const isSame = (one: Posture | null, other: Posture | null): boolean =>
  (one && digestPosture(one)) === (other && digestPosture(other));

function readHead(project: Project, revision: Revision | null, asLive: boolean): Target {
  const read = asLive ? readLiveTarget : readTarget;
  if (!revision) return read(project);
  const text = readConfigText(project, revision);
  if (text === undefined) {
    throw new CutoverError(
      'unknown_stack',
      `--head: expected a revision with the stack ${project.stack}, but ${describeRevision(revision)} has no ${relative(project, project.configFile)}`,
      { exitCode: exitCodes.usage },
    );
  }
  return named(project, revision, () => read(project, text, revision.files));
}

/**
 * The posture of the base; null where the stack was not there yet. On the way to paper it holds nothing up that the base
 * cannot be read.
 */
function readBase(project: Project, revision: Revision, to: Posture): { target: Target | null; notes: Note[] } {
  const text = readConfigText(project, revision);
  if (text === undefined) {
    const note = `stack ${project.stack} is not in ${describeRevision(revision)}: everything is new`;
    return { target: null, notes: [{ code: 'stack_is_new', text: note }] };
  }
  try {
    return { target: named(project, revision, () => readTarget(project, text, revision.files)), notes: [] };
  } catch (error) {
    if (!isInvalidConfig(error) || to.tradingMode !== 'paper') throw error;
    const note = `${error.message} (it asked for ${String(readTradingMode(text))}); on the way to paper nothing hangs on it: ${error.details.join('; ')}`;
    return { target: null, notes: [{ code: 'base_unreadable', text: note }] };
  }
}

const readConfigText = (project: Project, revision: Revision) => revision.read(project.configFile)?.toString('utf8');

/** An error of a config says of which revision it is. */
function named<T>(project: Project, revision: Revision, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isInvalidConfig(error)) throw error;
    throw new CutoverError(
      'invalid_config',
      `${relative(project, project.configFile)} in ${describeRevision(revision)} cannot be used: ${messageOf(error)}`,
      { exitCode: exitCodes.usage, details: [...error.details], cause: error },
    );
  }
}

const relative = ({ projectDir }: Project, file: string) => path.relative(projectDir, file);
const describeRevision = ({ commit }: Revision) =>
  commit.id.startsWith(commit.name) ? commit.id.slice(0, 10) : `${commit.name} (${commit.id.slice(0, 10)})`;

/** The grounds with evidence and trust root as they are committed; the ledger is always the one of now. */
function readRevisionGrounds(project: Project, here: Grounds, base: Revision | null, head: Revision | null) {
  const { evidence: folder, trustRoot: file } = stackFiles(project);
  const committed = (revision: Revision) => ({ where: describeRevision(revision), bytes: revision.read(file) });
  const ofHead = head
    ? committed(head)
    : { where: 'the working tree', bytes: filesOnDisk.sizeOf(file) === undefined ? undefined : filesOnDisk.read(file) };
  // What is pinned here and broken, or was lost, is not made good by what is committed.
  if (!here.trustRoot && (here.trustProblem || isInitialised(stackFiles(project)))) {
    return { grounds: here, isElsewhere: false, notes: [], warnings: [] };
  }
  const { trustRoot, problem, notes, warnings } = chooseTrust(here.trustRoot, base && committed(base), ofHead);
  if (!trustRoot) {
    return { grounds: problem ? { ...here, trustProblem: problem } : here, isElsewhere: false, notes, warnings };
  }
  const found = readEvidence(head ? head.evidence(folder) : folder, trustRoot);
  const isElsewhere = here.trustRoot === null;
  const ledger = isElsewhere
    ? ({ readable: false, reason: "it is the guardian's, which is not here, and it is never in git" } as const)
    : here.ledger;
  return { grounds: { ...here, trustRoot, ledger, ...found }, isElsewhere, notes, warnings };
}

/** @param isElsewhere whether it is with the stack, as where CI compares two revisions */
function noteLedger({ ledger }: Grounds, hasBase: boolean, isElsewhere: boolean): Note[] {
  if (ledger.readable) return [];
  const text = hasBase
    ? 'without the ledger it is not known what stands granted: the guardian may judge from another posture than the base'
    : 'without the ledger it is not known what stands granted';
  const elsewhere =
    'whether a rise is allowed is judged with the ledger, where the stack is: cutover up, then the guardian';
  return [{ code: 'grant_not_known', text }, ...(isElsewhere ? [{ code: 'ledger_elsewhere', text: elsewhere }] : [])];
}

/** How many changed files a note names. */
const namedFiles = 5;

function noteCode(git: GitObjects, base: Revision | null, head: Revision | null): Note[] {
  const taken = 'the code of the shipped workloads is that of dist/ in the working tree, on both sides';
  if (!base) return head ? [{ code: 'code_of_working_tree', text: taken.replace(', on both sides', '') }] : [];
  // What config and commands name was read from git, and is in the postures.
  const compared = new Set([...base.fromGit, ...(head?.fromGit ?? [])]);
  const others = git
    .listChanged(base.commit, head?.commit ?? null)
    .filter((file) => !compared.has(file) && !/(^|\/)(stacks|docs|test|models)\/|\.md$/.test(file));
  if (others.length === 0) return [{ code: 'code_of_working_tree', text: `${taken}; nothing else differs in git` }];
  const some = others.slice(0, namedFiles).join(', ');
  const more = others.length > namedFiles ? ` and ${others.length - namedFiles} more` : '';
  const text = `${taken}; what these differ in cannot be seen in it: ${some}${more}. The guardian compares the code that runs`;
  return [{ code: 'code_not_compared', text }];
}

/** Files of a revision's config that git does not have. What was built and installed is named by `noteCode`. */
function noteWorkTree(project: Project, revisions: readonly (Revision | null)[]): Note[] {
  const built = ['dist', 'node_modules'].map((name) => path.join(packageDir(), name) + path.sep);
  const files = new Set(revisions.flatMap((revision) => [...(revision?.fromWorkTree ?? [])]));
  const others = [...files].filter((file) => !built.some((folder) => file.startsWith(folder)));
  if (others.length === 0) return [];
  const names = others.map((file) => relative(project, file)).join(', ');
  return [{ code: 'files_not_in_git', text: `not in git, and read as they are now: ${names}` }];
}
