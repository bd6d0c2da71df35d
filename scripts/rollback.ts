import { CutoverError, exitCodes } from '../errors';
import { createOperations } from '../platforms/operations';
import { haltStack } from './halt';
import { applyStack, describeChanges, describeRefusal } from './shared/apply';
import { openConfigHistory } from './shared/git';
import { returnStack } from './shared/return-stack';
import { parseStackConfig, readTradingMode, requireKnownStack } from './shared/stack-config';
import type { Verb } from './shared/verb';
import { findDifferences } from './shared/verify-running';

/**
 * Takes the last change of a stack's config back. The halt comes first and needs nothing: whatever stops the rest (no
 * git, a dirty file, no engine), the stack stays halted. With `--return` there is no halt: from a live posture to the
 * live one before.
 */
export const rollback: Verb = {
  name: 'rollback',
  description: "Halt, revert the last commit that changed the stack's config, apply, and verify what runs.",
  options: [
    ['--reason <text>', 'why, for the record'],
    ['--return', 'from live to the live posture before, without a halt: once, within 24 h of its grant'],
  ],
  examples: [
    ['cutover rollback --reason "fills look wrong"', 'undo the last config change of stack main'],
    ['cutover rollback --return', 'under live: back to the model before, trading goes on'],
  ],
  async run(context, { reason, return: isReturn }) {
    await requireKnownStack(context);
    if (isReturn) return returnStack(context);
    context.progress('halting');
    const halt = await haltStack(
      context.stack,
      createOperations(context),
      `rollback: ${String(reason ?? 'no reason given')}`,
    );
    for (const problem of halt.problems) context.progress(`halt: ${problem}`);

    const history = await openConfigHistory(context);
    await history.requireClean();
    const change = await history.lastChange();
    const mode = readTradingMode(change.before);
    if (mode !== 'paper') {
      throw new CutoverError(
        'rollback_to_live',
        `the config before ${change.commit.slice(0, 10)} ("${change.subject}") is ${String(mode)}: going back to it is a rise`,
        {
          exitCode: exitCodes.refused,
          details: [
            'Nothing was reverted, and the stack stays halted. A return without a halt: cutover rollback --return.',
            `Set cutover:tradingMode to paper in ${context.configFile}, commit, and run cutover up.`,
          ],
        },
      );
    }
    parseStackConfig(change.before, context);
    context.progress(`reverting ${change.commit.slice(0, 10)} "${change.subject}"`);
    const commit = await history.revert(change);
    const applied = await applyStack('up', context);
    const differences = applied.refused ? [] : await findDifferences(context, applied.posture);
    const json = {
      stack: context.stack,
      halt,
      reverted: change.commit,
      commit,
      tradingMode: applied.posture.tradingMode,
      changes: applied.changes,
      violations: applied.violations,
      differences,
    };
    if (applied.refused) return { exitCode: exitCodes.refused, json, text: describeRefusal(applied) };
    const text = [
      `Reverted ${change.commit.slice(0, 10)} "${change.subject}" as ${commit.slice(0, 10)}; stack ${context.stack} is in ${applied.posture.tradingMode} mode.`,
      'Changes:',
      describeChanges(applied.changes),
      ...(differences.length > 0
        ? ['What runs is NOT what was asked for:', ...differences.map((line) => `  - ${line}`)]
        : ['Verified on every replica.']),
    ].join('\n');
    const clean = differences.length === 0 && halt.problems.length === 0;
    return { exitCode: clean ? exitCodes.done : exitCodes.checkFailed, json, text };
  },
};
