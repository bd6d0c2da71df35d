import { describeReason } from '../../posture/describe-decision';
import type { ComparedSide } from '../../posture/explain/compared';
import { describeMoment, describeSpan } from '../../posture/explain/describe-time';
import type { ExplainedChange } from '../../posture/explain/explanation';
import { describePair } from './describe-value';
import { code, prose } from './escape';
import { fitSections, type Section } from './fit-sections';
import { previewSections } from './preview-markdown';
import { proofSections } from './proof-markdown';
import type { ChangeRecord } from './record';
import { isLedgerElsewhere, type RecordVerdict } from './verdict';

const titles: Readonly<Record<RecordVerdict, string>> = {
  allowed: 'Allowed',
  needs_ledger: 'Needs the ledger',
  needs_proof: 'Needs proof',
  refused: 'Refused',
};

/** How many reasons stand before the fold: nobody reads more than that at once, and the worst are the first. */
const mostReasons = 5;

/**
 * A change record as GitHub's Markdown, for a pull request: shorter than 65,536 characters whatever it is of, everything
 * that others wrote escaped, details folded.
 */
export function renderMarkdown(record: ChangeRecord): string {
  const { reasons } = record.input.explanation;
  const told = record.source === 'guardian' ? (record.input.guardian?.reasons ?? []) : reasons;
  const lines = told.map((reason) => () => `- **${reason.severity}**: ${prose(describeReason(reason))}`);
  // What is missing from base to head is told proof by proof.
  const tells = record.verdict === 'refused' || record.source === 'guardian';
  return fitSections([
    opening(record),
    ...list('**Look at this first**', record.alarms.map(bullet)),
    ...(tells ? list('**Against it, the worst first**', lines.slice(0, mostReasons)) : []),
    ...folded(`${lines.length - mostReasons} more reasons`, tells ? lines.slice(mostReasons) : []),
    ...changeSections(record),
    blastSection(record),
    ...proofSections(record),
    haltSection(record),
    ...previewSections(record),
    revertSection(record),
    {
      head: ['### After the merge', ''],
      items: record.afterMerge.map((step, index) => () => `${index + 1}. ${prose(step)}`),
      whole: true,
    },
    ...list('### Not known', record.unknowns.map(bullet)),
    groundsSection(record),
  ]);
}

const bullet = (text: string) => () => `- ${prose(text)}`;
const list = (title: string, items: Section['items']): Section[] =>
  items.length === 0 ? [] : [{ head: [title, ''], items }];
const folded = (summary: string, items: Section['items']): Section[] =>
  items.length === 0 ? [] : [{ head: [], items, summary }];

function opening(record: ChangeRecord): Section {
  const { marker, verdict, headline, input, blast } = record;
  const { stack, from, to } = input.explanation;
  const before = blast.known ? (from?.tradingMode ?? 'nothing') : 'unreadable';
  const way = `${before} → ${to.tradingMode}`;
  return {
    head: [
      marker,
      `## ${titles[verdict]}: stack ${code(stack, 100)}, ${way}`,
      '',
      prose(withoutTitle(headline, record)),
      '',
      `From ${sideOf(input.compared.base, 'what stands granted')} to ${sideOf(input.compared.head, 'the working tree')}.`,
    ],
    items: [],
    whole: true,
  };
}

/** The sentence without what the title has said. */
function withoutTitle(sentence: string, { input }: ChangeRecord): string {
  const { stack, from, to } = input.explanation;
  const [verdict = '', rest] = sentence.split(
    `: ${from?.tradingMode ?? 'paper'} -> ${to.tradingMode} on stack ${stack}`,
  );
  if (rest === undefined) return sentence;
  if (verdict !== 'Allowed' && verdict !== 'REFUSED') return `${verdict}${rest}`;
  const own = rest.replace(/^[.,] /, verdict === 'REFUSED' ? 'refused ' : '');
  return own.charAt(0).toUpperCase() + own.slice(1);
}

function sideOf(side: ComparedSide | null, none: string): string {
  if (side === null) return none;
  if (side.commit === null) return `the ${prose(side.revision, 100)}`;
  const commit = code(side.commit.slice(0, 10));
  return side.commit.startsWith(side.revision) ? commit : `${code(side.revision, 100)} (${commit})`;
}

function changeSections({ input }: ChangeRecord): Section[] {
  const { changes, from, to } = input.explanation;
  const judged = changes.filter((change) => change.judged);
  const others = changes.filter((change) => !change.judged);
  const table = (some: readonly ExplainedChange[], proofs: boolean): Section => ({
    head: proofs
      ? ['| | what | before | after | proof it takes |', '| --- | --- | --- | --- | --- |']
      : ['| | what | before | after |', '| --- | --- | --- | --- |'],
    items: some.map((change) => () => rowOf(change, proofs)),
  });
  const none: Section = { head: ['### Changes of risk', '', 'No risk changes.'], items: [] };
  const first = table(judged, true);
  const why =
    to.tradingMode === 'live'
      ? `changing with it: from ${from?.tradingMode ?? 'paper'} the posture is proved as a whole`
      : 'changing with it: in paper nothing of it carries risk';
  const count = `${others.length} more ${others.length === 1 ? 'dimension' : 'dimensions'} ${why}`;
  return [
    judged.length === 0 ? none : { ...first, head: ['### Changes of risk', '', ...first.head] },
    ...(others.length === 0 ? [] : [{ ...table(others, false), summary: count }]),
  ];
}

function rowOf({ direction, dimension, what, from, to, proofs }: ExplainedChange, withProofs: boolean): string {
  // Where nothing was before, the mode before is paper.
  const [before, after] = describePair(from === null && dimension === 'mode' ? 'paper' : from, to);
  const cells = [direction === 'rise' ? '▲ rise' : '▼ fall', code(what, 100), code(before), code(after)];
  const takes = proofs.length === 0 ? 'none' : proofs.join(', ');
  return `| ${[...cells, ...(withProofs ? [takes] : [])].join(' | ')} |`;
}

const done = { start: 'start', restart: 'restart', replace: 'are replaced', roll: 'roll' } as const;
const doneByOne = { start: 'starts', restart: 'restarts', replace: 'is replaced', roll: 'rolls' } as const;
const platformNames = { process: 'local processes', docker: 'Docker', kubernetes: 'Kubernetes' } as const;

function blastSection({ blast: { platform, touched, known, untouched } }: ChangeRecord): Section {
  if (!known) {
    const said = 'Not known: the base cannot be read, so any workload may restart or be replaced.';
    return { head: [`### Blast radius on ${platformNames[platform]}`, '', said], items: [], whole: true };
  }
  const lines = (['start', 'restart', 'replace', 'roll'] as const).flatMap((operation) => {
    const names = touched.filter((one) => one.operation === operation).map(({ workload }) => workload);
    if (names.length === 0) return [];
    return `- **${names.join(', ')}** ${(names.length === 1 ? doneByOne : done)[operation]}`;
  });
  const rest = untouched.length === 0 ? [] : [`- Untouched: ${untouched.join(', ')}.`];
  const said = lines.length === 0 ? ['No workload restarts or is replaced.'] : [...lines, ...rest];
  const note = 'Databases, ledgers and logs stay. While a workload restarts, orders are refused, not lost.';
  return {
    head: [`### Blast radius on ${platformNames[platform]}`, '', ...said, ...(lines.length === 0 ? [] : ['', note])],
    items: [],
    whole: true,
  };
}

function haltSection({ input }: ChangeRecord): Section {
  const { openHalts, explanation } = input;
  const head = ['### Open halts', ''];
  if (openHalts === null) {
    const why = isLedgerElsewhere(input) ? 'the ledger is not here' : 'the ledger cannot be read';
    return { head: [...head, `**Not known**: ${why}.`], items: [] };
  }
  if (openHalts.length === 0) return { head: [...head, 'None.'], items: [] };
  const items = openHalts.map(({ haltedAt, reason }) => () => {
    const since = describeSpan(explanation.judgedAt - haltedAt);
    return `- since ${describeMoment(haltedAt)} (${since}): ${prose(reason) || 'no reason'}`;
  });
  return { head, items };
}

function revertSection({ revert }: ChangeRecord): Section {
  return {
    head: [
      '### How to revert',
      '',
      ...revert.commands.map(({ command, does }) => `- ${code(command)}: ${prose(does)}`),
      '',
      ...revert.notes.map((note) => prose(note)),
    ],
    items: [],
    whole: true,
  };
}

function groundsSection({ input }: ChangeRecord): Section {
  const { judgedAt, ledger, trustRoot, from, to } = input.explanation;
  const standing = ledger.readable ? ledger.standing : null;
  const grant = standing
    ? `the grant of ${describeMoment(standing.grantedAt)} stands: ${code(standing.posture)}`
    : 'no grant stands';
  return {
    head: [
      `- judged at ${describeMoment(judgedAt)}; what has changed since is not in it`,
      `- ledger: ${ledger.readable ? `entry ${ledger.seq}, head ${code(ledger.head)}; ${grant}` : prose(ledger.reason)}`,
      `- trust root: ${trustRoot ? `version ${trustRoot.version}` : 'none that can be used'}`,
      `- posture before: ${from ? code(from.posture ?? 'without a name') : 'none'}`,
      `- posture after: ${code(to.posture ?? 'without a name')}`,
    ],
    items: [],
    summary: 'Grounds: time, ledger, trust root, digests',
    whole: true,
  };
}
