import { CutoverError, exitCodes } from '../errors';
import { describeAge, describeProofs, describeReasons, describeTransition } from './shared/describe-target';
import { type JudgedTarget, judgeTarget, readLiveTarget, readTarget } from './shared/target';
import type { Verb, VerbContext, VerbResult } from './shared/verb';

const options = [['--to <mode>', 'live: judge the config as if it asked for live']] as const;

/** Says whether the guardian would allow what the stack's config asks for. */
export const verify: Verb = {
  name: 'verify',
  description:
    "Say whether the stack's config would be allowed, by ledger and evidence. Exit code 3 when it is refused.",
  options,
  examples: [
    ['cutover verify', 'may stacks/Pulumi.main.yaml go ahead as it is?'],
    ['cutover verify --to live --json', 'what is missing on the way to live, for a script'],
  ],
  run: async (context, { to }) => answer(await judge(context, to), false),
};

/** The same, evidence by evidence. */
export const explain: Verb = {
  name: 'explain',
  description: 'Say why the change is allowed or refused: every rise and fall, every evidence and what became of it.',
  options,
  examples: [['cutover explain --to live', 'everything that a decision on going live looks at']],
  run: async (context, { to }) => answer(await judge(context, to), true),
};

async function judge(context: VerbContext, to: unknown): Promise<JudgedTarget> {
  if (to !== undefined && to !== 'live') {
    throw new CutoverError('unknown_target', `--to: expected live, received ${JSON.stringify(to)}`, {
      exitCode: exitCodes.usage,
    });
  }
  const target = to === 'live' ? readLiveTarget(context) : readTarget(context);
  return judgeTarget(context, target);
}

function answer(judged: JudgedTarget, everything: boolean): VerbResult {
  const { posture, decision, grounds } = judged;
  const { verdict, rises, falls, needs, reasons, accepted } = decision;
  const { ledger } = grounds;
  const json = {
    stack: posture.stack,
    verdict,
    from: grounds.from?.tradingMode ?? 'paper',
    to: posture.tradingMode,
    rises,
    falls,
    needs,
    reasons,
    return: decision.return,
    againstReturn: decision.againstReturn,
    accepted: accepted.map(({ kind, name, digest, measuredAt }) => ({
      kind,
      name,
      digest,
      measuredAt: new Date(measuredAt).toISOString(),
    })),
    ledger: ledger.readable
      ? { readable: true, seq: ledger.seq, head: ledger.head, openHalts: ledger.openHalts }
      : ledger,
    ...(everything ? { posture, evidence: grounds.evidence, rejected: grounds.rejected } : {}),
  };
  const text = [
    verdict === 'allow'
      ? `Allowed${decision.return ? ' as a return, without proofs' : ''}: ${json.from} -> ${json.to} on stack ${posture.stack}.`
      : `Refused: ${json.from} -> ${json.to} on stack ${posture.stack}.`,
    ...describeReasons(judged),
    ...describeTransition(judged),
    ...(needs.length > 0 ? [`Needed: ${needs.join(', ')}`] : []),
    ...(accepted.length > 0 ? ['Counts:', ...describeProofs(judged)] : []),
    ...(everything ? describeRest(judged) : []),
  ];
  return { exitCode: verdict === 'allow' ? exitCodes.done : exitCodes.refused, json, text: text.join('\n') };
}

/** Ledger, and every evidence that does not count here. */
function describeRest({
  grounds: { ledger, evidence, rejected, now },
  decision: { accepted },
}: JudgedTarget): string[] {
  const used = new Set(accepted.map(({ digest }) => digest));
  const others = evidence.filter(({ digest }) => !used.has(digest));
  return [
    ledger.readable
      ? `Ledger: entry ${ledger.seq}, ${ledger.standing ? `a grant of ${new Date(ledger.standing.grantedAt).toISOString()} stands` : 'no grant stands'}, ${ledger.openHalts.length} open halts`
      : `Ledger: ${ledger.reason}`,
    ...(others.length > 0 ? ['Other evidence:'] : []),
    ...others.map(
      (one) => `  ${one.kind.padEnd(9)} ${one.passed ? 'passed' : 'FAILED'}, ${describeAge(one, now)}  ${one.name}`,
    ),
    ...(rejected.length > 0 ? ['Evidence that cannot count:'] : []),
    ...rejected.map(({ name, code, reason }) => `  ${name}: ${reason} [${code}]`),
  ];
}
