import { describeReason } from '../../posture/describe-decision';
import { describeMoment, describeSpan } from '../../posture/explain/describe-time';
import type { ExplainedFile, ExplainedReason } from '../../posture/explain/explanation';
import { promoteCommand, stackOption } from './describe-revert';
import { code, prose } from './escape';
import type { Section } from './fit-sections';
import type { ChangeRecord, GateState } from './record';

const words: Readonly<Record<GateState, string>> = {
  present: 'present',
  expiring: '**expiring**',
  missing: '**missing**',
  no_good: '**does not count**',
  not_judged: 'not judged here',
  waived: 'waived',
};

/** Why there is nothing to say of a proof, where its reasons do not say it. */
const sayWhy: Readonly<Partial<Record<GateState, string>>> = {
  waived: "this is a drill's own ledger",
  not_judged: 'it takes the ledger',
};

/** Proof by proof: what counts and for how long, what is missing, and folded every file that does not count. */
export function proofSections({ gates, toMake, input, verdict, source }: ChangeRecord): Section[] {
  const { explanation } = input;
  const stack = stackOption(explanation.stack);
  const verbs = toMake.map((proof) => code(`cutover ${proof === 'approval' ? 'approve' : proof} ${stack}`));
  const first = verdict === 'refused' ? 'Once nothing else is against it, what' : 'What';
  const promote = promoteCommand(input);
  const orAll = promote === null ? '' : `; or step by step by ${code(promote)}`;
  const make = `${first} is missing is made by ${verbs.join(', ')}${orAll}.`;
  if (gates.length === 0) {
    const none =
      source === 'guardian'
        ? 'None is needed from base to head. The guardian starts from elsewhere.'
        : 'None is needed.';
    return [
      { head: ['### Proof', '', none, ...(verbs.length > 0 ? ['', make] : [])], items: [] },
      ...files('Evidence that is not needed', explanation.notNeeded),
    ];
  }
  const rows = gates.map(({ gate, state }) => () => {
    const { counted, reasons, proof } = gate;
    if (!counted) {
      const why = sayWhy[state] ?? tellReasons(reasons);
      return `| ${proof} | ${words[state]} | | ${why} |`;
    }
    const { leftMs, expiresAt, feed, timeScale, file } = counted;
    const made = proof === 'approval' ? '' : `${feed} feed${timeScale === 1 ? '' : `, clock x ${timeScale}`}, `;
    return `| ${proof} | ${words[state]} | ${describeSpan(leftMs)}, to ${describeMoment(expiresAt)} | ${made}${code(file)} |`;
  });
  const tail = verbs.length === 0 ? holds(explanation.holdsUntil) : ['', make];
  return [
    {
      head: ['### Proof', '', '| proof | state | time left | evidence |', '| --- | --- | --- | --- |'],
      items: rows,
      tail,
    },
    ...files(
      'Evidence that does not count, and why',
      gates.flatMap(({ gate }) => gate.others),
    ),
    ...files('Evidence that is not needed', explanation.notNeeded),
  ];
}

/** How many reasons stand in one cell. */
const mostReasons = 3;

function tellReasons(reasons: readonly ExplainedReason[]): string {
  const told = reasons.slice(0, mostReasons).map((reason) => prose(describeReason(reason)));
  const more = reasons.length - told.length;
  return [...told, ...(more > 0 ? [`${more} more reasons`] : [])].join('; ');
}

const holds = (until: number | null): string[] =>
  until === null ? [] : ['', `It has to be applied before ${describeMoment(until)}: then the first of these expires.`];

function files(title: string, some: readonly ExplainedFile[]): Section[] {
  if (some.length === 0) return [];
  const items = some.map(
    ({ file, message, code: reason }) =>
      () =>
        `- ${code(file)}: ${prose(message)} \`${reason}\``,
  );
  return [{ head: [], items, summary: `${title} (${some.length})` }];
}
