import { CutoverError, messageOf } from '../../errors';
import { type Grounds, readGrounds } from '../../ledger/grounds';
import { createOperations } from '../../platforms/operations';
import { decide } from '../../posture/decide';
import type { ComparedSide, GuardianView, Note } from '../../posture/explain/compared';
import { explain } from '../../posture/explain/explain';
import type { Explanation } from '../../posture/explain/explanation';
import { digestPosture, type Posture } from '../../posture/posture';
import type { LedgerView } from '../../posture/proof';
import type { Project } from './project';
import { stackFiles } from './stack-files';

/** A change of a stack that was judged and explained: what `verify`, `explain` and the change record tell. */
export interface ExplainedTarget {
  readonly posture: Posture;
  /** The posture that it is compared with; null where none was before, or it cannot be read. */
  readonly before: Posture | null;
  readonly ledger: LedgerView;
  readonly explanation: Explanation;
  /** Null where the config as it is now is judged from the standing grant. */
  readonly compared: { readonly base: ComparedSide | null; readonly head: ComparedSide } | null;
  readonly guardian: GuardianView | null;
  readonly notes: readonly Note[];
}

/** Explains the way from the standing grant to a posture. @throws CutoverError `data_unreachable` (exit code 5) on the way up */
export async function explainTarget(project: Project, posture: Posture): Promise<ExplainedTarget> {
  const grounds = await readStackGrounds(project, posture);
  const input = { ...grounds, to: posture };
  const { from: before, ledger } = grounds;
  return { posture, before, ledger, explanation: explain(input), compared: null, guardian: null, notes: [] };
}

/**
 * What a decision on a posture of a stack is made from. Where the ledger is out of reach that is an error on the way up, and
 * something to tell on the way down, which nothing holds up.
 */
export async function readStackGrounds(project: Project, to: Posture): Promise<Grounds> {
  let unreachable: string | undefined;
  try {
    await createOperations(project).fetchData('guardian');
  } catch (error) {
    if (to.tradingMode !== 'paper') throw error;
    unreachable = messageOf(error);
  }
  const grounds = readGrounds(stackFiles(project), Date.now());
  return unreachable === undefined
    ? grounds
    : { ...grounds, from: null, ledger: { readable: false, reason: unreachable } };
}

/** What the guardian says of a posture. It judges from what was granted, whatever git says was before. */
export function viewOfGuardian(grounds: Grounds, to: Posture): GuardianView {
  const { verdict, reasons } = explain({ ...grounds, to }, decide({ ...grounds, to }));
  return { from: grounds.from && digestPosture(grounds.from), verdict, reasons };
}

/** Whether an error says that a config, or what it names, is wrong. */
export const isInvalidConfig = (error: unknown): error is CutoverError =>
  error instanceof CutoverError && error.code === 'invalid_config';
