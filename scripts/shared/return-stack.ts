import { CutoverError, exitCodes } from '../../errors';
import { describeNoReturn, describeReason } from '../../posture/describe-decision';
import { applyStack, describeChanges, describeRefusal } from './apply';
import { awaitLive } from './await-live';
import { type ConfigChange, openConfigHistory } from './git';
import { readTradingMode } from './stack-config';
import { type JudgedTarget, judgeTarget, readTarget } from './target';
import type { VerbContext, VerbResult } from './verb';
import { findDifferences } from './verify-running';

/**
 * Takes the last change of a live stack's config back without a halt: a return. Whether it is one is asked before
 * anything is changed; the guardian asks again, revokes the permit and grants it.
 * @throws CutoverError `return_to_paper`, `return_refused` (nothing was changed then), `not_granted`, `no_permit`, or
 * what stands in the way of reading or applying the config
 */
export async function returnStack(context: VerbContext): Promise<VerbResult> {
  const history = await openConfigHistory(context);
  await history.requireClean();
  const change = await history.lastChange();
  const judged = await requireReturn(context, change);
  context.progress(`reverting ${change.commit.slice(0, 10)} "${change.subject}"`);
  const commit = await history.revert(change);
  const applied = await applyStack('up', context);
  const { posture } = applied;
  const json = {
    stack: context.stack,
    return: judged.decision.return && describeTimes(judged.decision.return),
    reverted: change.commit,
    commit,
    tradingMode: posture.tradingMode,
    changes: applied.changes,
    violations: applied.violations,
  };
  if (applied.refused) return { exitCode: exitCodes.refused, json, text: describeRefusal(applied) };
  await awaitLive(context, posture);
  const differences = await findDifferences(context, posture);
  const text = [
    `Returned: ${change.commit.slice(0, 10)} "${change.subject}" is reverted as ${commit.slice(0, 10)}; stack ${context.stack} is in live mode under a new grant.`,
    'Changes:',
    describeChanges(applied.changes),
    ...(differences.length > 0
      ? ['What runs is NOT what was asked for:', ...differences.map((line) => `  - ${line}`)]
      : ['Verified on every replica. This return cannot be made again.']),
  ].join('\n');
  const exitCode = differences.length === 0 ? exitCodes.done : exitCodes.checkFailed;
  return { exitCode, json: { ...json, differences }, text };
}

async function requireReturn(context: VerbContext, change: ConfigChange): Promise<JudgedTarget> {
  const which = `the config before ${change.commit.slice(0, 10)} ("${change.subject}")`;
  if (readTradingMode(change.before) !== 'live') {
    throw new CutoverError('return_to_paper', `${which} is not live: going back to it is no return`, {
      exitCode: exitCodes.usage,
      details: ['Nothing was changed. Back to paper: cutover rollback, which halts first.'],
    });
  }
  const judged = await judgeTarget(context, readTarget(context, change.before));
  const { decision } = judged;
  if (decision.verdict === 'allow') return judged;
  throw new CutoverError('return_refused', `${which} cannot be returned to`, {
    exitCode: exitCodes.refused,
    details: [
      ...describeNoReturn({ againstReturn: decision.againstReturn }),
      ...decision.reasons.map(describeReason),
      'Nothing was changed. Back to paper: cutover rollback, which halts first.',
    ],
  });
}

/** Times as RFC 3339. */
const describeTimes = ({ grantedAt, until }: { grantedAt: number; until: number }) => ({
  grantedAt: new Date(grantedAt).toISOString(),
  until: new Date(until).toISOString(),
});
