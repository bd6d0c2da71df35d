import { describeReason } from '../../posture/describe-decision';
import { workloadNames } from '../../posture/posture';
import type { BlastRadius } from './blast-radius';
import type { ChangeRecordInput } from './input';
import { isLedgerElsewhere, isOfAnother } from './verdict';

/** Whether a preview knew nothing of a stack that was there before: where it ran nothing is deployed, as in CI. */
const isFromNothing = ({ preview, before }: Pick<ChangeRecordInput, 'preview' | 'before'>): boolean =>
  before !== null &&
  preview.state === 'ran' &&
  preview.changes.some(({ name, operation }) => name === 'posture' && operation === 'create');

/** What a preview does beyond the change, and what of the change it does not do: signs of drift. */
function compareWithPreview(input: Pick<ChangeRecordInput, 'preview' | 'before'>, { touched }: BlastRadius): string[] {
  const { preview } = input;
  if (preview.state !== 'ran' || isFromNothing(input)) return [];
  const expected = new Set<string>(touched.map(({ workload }) => workload));
  const previewed = new Set(preview.changes.map(({ name }) => name));
  const beyond = workloadNames.filter((name) => previewed.has(name) && !expected.has(name));
  const without = preview.refused ? [] : [...expected].filter((name) => !previewed.has(name));
  return [
    ...(beyond.length > 0
      ? [
          `the engine would change ${beyond.join(', ')} too, which these configs do not: what runs is not what the base says`,
        ]
      : []),
    ...(without.length > 0
      ? [`the engine would leave ${without.join(', ')} as it is: what runs may be ahead of the base`]
      : []),
  ];
}

/** Whether the packs were asked where no ledger is: there they refuse whatever is live, this change or another. */
const isWithoutLedger = (input: ChangeRecordInput): boolean => isFromNothing(input) && isLedgerElsewhere(input);

/** What a reader has to know before anything else, the worst first. */
export function findAlarms(input: ChangeRecordInput, blast: BlastRadius): string[] {
  const { guardian, preview, openHalts, drift, explanation } = input;
  const alarms: string[] = [];
  if (openHalts !== null && openHalts.length > 0) {
    alarms.push(
      `${openHalts.length === 1 ? 'A halt is' : `${openHalts.length} halts are`} open: nothing rises, and nothing trades live.`,
    );
  }
  if (guardian) {
    const from = guardian.from === null ? 'paper, since no grant stands' : `the grant that stands, ${guardian.from}`;
    const [worst] = guardian.reasons;
    const says =
      guardian.verdict === 'allow' ? 'would allow it' : `would refuse it: ${worst ? describeReason(worst) : ''}`;
    alarms.push(`The guardian does not judge from the base but from ${from}. Today it ${says}.`);
  }
  if (preview.state === 'ran' && isOfAnother(preview, input)) {
    alarms.push('The preview is of another posture than the head: what it says is not of this change.');
  } else if (preview.state === 'ran' && preview.refused && !isWithoutLedger(input)) {
    alarms.push('The packs refused it in the preview.');
  }
  if (preview.state === 'failed') alarms.push(`The preview failed: ${preview.message} (${preview.code}).`);
  if (blast.leaves)
    alarms.push(
      `It moves from platform ${blast.leaves} to ${blast.platform}: what runs there goes on until cutover down.`,
    );
  for (const one of [...(drift ?? []), ...compareWithPreview(input, blast)]) alarms.push(`Drift: ${one}.`);
  // A ledger that is elsewhere is as it should be.
  const warnings = explanation.warnings.filter(({ code }) => code !== 'ledger_unreadable' || !isLedgerElsewhere(input));
  for (const reason of warnings) alarms.push(`Not in order, and no obstacle: ${describeReason(reason)}`);
  return alarms;
}

/** What this record does not know. */
export function findUnknowns(input: ChangeRecordInput): string[] {
  const { preview, drift, notes, explanation, openHalts } = input;
  const { ledger } = explanation;
  return [
    ...(ledger.readable ? [] : [`The ledger cannot be read: ${ledger.reason}.`]),
    ...(openHalts === null ? ['Whether a halt is open is not known without the ledger.'] : []),
    ...notes.map(({ text }) => `${text}.`),
    ...(preview.state === 'not_run'
      ? ['No engine preview was run: what the engine and the packs say is not known.']
      : []),
    ...(isFromNothing(input)
      ? [
          'Where the preview ran nothing of this stack is deployed: it says what a first up would do, not what this change does.',
        ]
      : []),
    ...(isWithoutLedger(input)
      ? ['The packs had no ledger in the preview: there they refuse whatever is live, this change or another.']
      : []),
    ...(preview.state === 'ran' && preview.posture === null
      ? ['The preview does not say of which posture it is.']
      : []),
    ...(drift === null ? ['What runs was not looked at: whether it is what the base says is not known.'] : []),
  ].map((text) => text.charAt(0).toUpperCase() + text.slice(1));
}
