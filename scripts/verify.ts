import { CutoverError, exitCodes } from '../errors';
import { describeReason } from '../posture/describe-decision';
import { reasonJson, renderJson } from '../posture/explain/explanation-json';
import { renderText } from '../posture/explain/explanation-text';
import { wrap } from '../posture/explain/wrap';
import { explainBetween } from './shared/explain-between';
import { type ExplainedTarget, explainTarget } from './shared/explained-target';
import { readLiveTarget, readTarget } from './shared/target';
import type { Verb, VerbContext, VerbResult } from './shared/verb';

const options = [
  ['--to <mode>', 'live: judge the config as if it asked for live'],
  ['--base <revision>', 'judge what changes from this git revision on, instead of from what stands granted'],
  ['--head <revision>', 'the git revision that is judged (the working tree)'],
] as const;

/** Says whether the guardian would allow what the stack's config asks for. */
export const verify: Verb = {
  name: 'verify',
  description:
    "Say whether the stack's config would be allowed, by ledger and evidence. Exit code 3 when it is refused.",
  options,
  examples: [
    ['cutover verify', 'may stacks/Pulumi.main.yaml go ahead as it is?'],
    ['cutover verify --to live --json', 'what is missing on the way to live, for a script'],
    ['cutover verify --base origin/main', 'may what the working tree changes go ahead?'],
    ['cutover verify --base v1.4.0 --head HEAD', 'the same between two revisions, for a pull request'],
  ],
  run: async (context, given) => answer(context, await judge(context, given), false),
};

/** The same, evidence by evidence. */
export const explain: Verb = {
  name: 'explain',
  description:
    'Say why the change is allowed or refused: every rise and fall, every evidence and what became of it, what each code means.',
  options,
  examples: [
    ['cutover explain --to live', 'everything that a decision on going live looks at'],
    ['cutover explain --base HEAD~1 --head HEAD', 'what the last commit changes, dimension by dimension'],
  ],
  run: async (context, given) => answer(context, await judge(context, given), true),
};

type Options = Readonly<Record<string, unknown>>;

async function judge(context: VerbContext, { to, base, head }: Options): Promise<ExplainedTarget> {
  if (to !== undefined && to !== 'live') {
    throw new CutoverError('unknown_target', `--to: expected live, received ${JSON.stringify(to)}`, {
      exitCode: exitCodes.usage,
    });
  }
  const asLive = to === 'live';
  if (base === undefined && head === undefined) {
    return explainTarget(context, (asLive ? readLiveTarget(context) : readTarget(context)).posture);
  }
  return explainBetween(context, {
    ...(base === undefined ? {} : { base: String(base) }),
    ...(head === undefined ? {} : { head: String(head) }),
    asLive,
  });
}

/** Where nobody says how wide a line may be. */
const usualColumns = 100;

function answer({ screen }: VerbContext, target: ExplainedTarget, everything: boolean): VerbResult {
  const { explanation, compared, guardian, notes, posture } = target;
  const width = screen.columns ?? usualColumns;
  return {
    exitCode: explanation.verdict === 'allow' ? exitCodes.done : exitCodes.refused,
    json: {
      ...renderJson(explanation),
      compared,
      guardian: guardian && { ...guardian, reasons: guardian.reasons.map(reasonJson) },
      notes,
      ...(everything ? { posture } : {}),
    },
    text: [
      ...tellCompared(target, width),
      ...renderText(explanation, { width, everything }),
      ...tellNotes(notes, width),
    ].join('\n'),
  };
}

/** Between what, and above all whether the guardian will judge something else. */
function tellCompared({ compared, guardian }: ExplainedTarget, width: number): string[] {
  if (!compared) return [];
  const show = ({ revision, commit }: { revision: string; commit: string | null }) =>
    commit === null || commit.startsWith(revision) ? revision : `${revision} (${commit.slice(0, 10)})`;
  const from = compared.base ? show(compared.base) : 'what stands granted';
  const lines = wrap('', `From ${from} to ${show(compared.head)}:`, width);
  if (!guardian) return lines;
  const what = guardian.from === null ? 'from paper: no grant stands' : `from the grant that stands, ${guardian.from}`;
  const worst = guardian.reasons[0];
  const says = guardian.verdict === 'allow' ? 'allow it' : `REFUSE it: ${worst ? describeReason(worst) : ''}`;
  const text = `the guardian judges ${what}. That is not the base, and today it would ${says}`;
  return [...lines, ...wrap('! ', text, width), ''];
}

const tellNotes = (notes: ExplainedTarget['notes'], width: number): string[] =>
  notes.length === 0 ? [] : ['', 'To know:', ...notes.flatMap(({ text }) => wrap('  * ', text, width))];
