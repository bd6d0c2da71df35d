import { digestPosture } from '../posture/posture';
import { applyStack, describeChanges, describeRefusal } from './shared/apply';
import type { Verb } from './shared/verb';

/** Says what `up` would do, and changes nothing. */
export const preview: Verb = {
  name: 'preview',
  description: 'Say what `up` would change and whether the packs would refuse it. Changes nothing.',
  examples: [['cutover preview --json', 'what a pull request would do, for a script']],
  async run(context) {
    const applied = await applyStack('preview', context);
    const { posture, addresses: _, ...rest } = applied;
    const { tradingMode } = posture;
    // By its digest a change record sees whether this is a preview of its change.
    const json = { stack: context.stack, tradingMode, posture: digestPosture(posture), ...rest };
    if (applied.refused) return { exitCode: applied.exitCode, json, text: describeRefusal(applied) };
    const text = [
      `Stack ${context.stack} would be in ${posture.tradingMode} mode.`,
      ...applied.warnings.map((warning) => `Warning: ${warning}`),
      'Changes:',
      describeChanges(applied.changes),
    ].join('\n');
    return { exitCode: applied.exitCode, json, text };
  },
};
