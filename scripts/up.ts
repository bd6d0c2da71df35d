import { applyStack, describeChanges, describeRefusal } from './shared/apply';
import { alignRows } from './shared/rows';
import type { Verb } from './shared/verb';

/** Makes what runs match the stack's config. */
export const up: Verb = {
  name: 'up',
  description: "Make what runs match the stack's config: start, restart and repair exactly what differs.",
  examples: [
    ['cutover up', 'apply stacks/Pulumi.main.yaml'],
    ['cutover up --stack night --json', 'apply another stack, and answer in JSON'],
  ],
  async run(context) {
    const applied = await applyStack('up', context);
    const { posture, ...rest } = applied;
    const json = { stack: context.stack, tradingMode: posture.tradingMode, ...rest };
    if (applied.refused) return { exitCode: applied.exitCode, json, text: describeRefusal(applied) };
    const text = [
      `Stack ${context.stack} is up in ${posture.tradingMode} mode (${applied.seconds.toFixed(1)} s).`,
      ...applied.warnings.map((warning) => `Warning: ${warning}`),
      'Changes:',
      describeChanges(applied.changes),
      'Addresses:',
      ...alignRows(Object.entries(applied.addresses), context.screen.columns),
    ].join('\n');
    return { exitCode: applied.exitCode, json, text };
  },
};
