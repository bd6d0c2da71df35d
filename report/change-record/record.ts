import { digestBytes } from '../../posture/digest';
import type { ExplainedGate } from '../../posture/explain/explanation';
import { headline } from '../../posture/explain/explanation-text';
import { worstFirst } from '../../posture/explain/reason-codes';
import type { EvidenceKind } from '../../posture/proof';
import { type BlastRadius, findBlastRadius } from './blast-radius';
import { describeAfterMerge, describeRevert, type Revert } from './describe-revert';
import { findAlarms, findUnknowns } from './find-unknowns';
import type { ChangeRecordInput, PackResult } from './input';
import { isLedgerElsewhere, type JudgedRecord, judgeRecord } from './verdict';

/** A proof with less time left than this is about to expire, milliseconds: as long as `promote` wants to be left. */
export const expiringMs = 600_000;

/**
 * `no_good`: there is one, and it is forged, failed, or for something else. `not_judged`: only with the ledger, which is
 * not here.
 */
export type GateState = 'present' | 'expiring' | 'missing' | 'no_good' | 'not_judged' | 'waived';

/** What a change record tells: the facts of its input, put in order. Nothing is decided here. */
export interface ChangeRecord extends JudgedRecord {
  readonly marker: string;
  readonly headline: string;
  readonly alarms: readonly string[];
  readonly blast: BlastRadius;
  readonly gates: readonly { readonly gate: ExplainedGate; readonly state: GateState }[];
  /** The proofs that have to be made, in their order. */
  readonly toMake: readonly EvidenceKind[];
  readonly packs: readonly PackResult[];
  readonly revert: Revert;
  readonly afterMerge: readonly string[];
  readonly unknowns: readonly string[];
  readonly input: ChangeRecordInput;
}

/** Makes the record of a change. Pure. */
export function makeRecord(input: ChangeRecordInput): ChangeRecord {
  const { explanation, before, after, platform, preview } = input;
  const judged = judgeRecord(input);
  const isReadable = !input.notes.some(({ code }) => code === 'base_unreadable');
  const blast = findBlastRadius(before, after, platform, isReadable);
  const isElsewhere = isLedgerElsewhere(input);
  const gates = explanation.gates.map((gate) => ({ gate, state: stateOf(gate, isElsewhere) }));
  return {
    ...judged,
    marker: markerOf(explanation.stack),
    headline: sayVerdict(input, judged),
    alarms: findAlarms(input, blast),
    blast,
    gates,
    toMake:
      judged.source === 'guardian' ? proofsOf(input.guardian) : gates.filter(isToMake).map(({ gate }) => gate.proof),
    packs: preview.state === 'ran' ? worstPacksFirst(preview.violations) : [],
    revert: describeRevert(input),
    afterMerge: describeAfterMerge(input, judged.verdict),
    unknowns: findUnknowns(input),
    input,
  };
}

/** How much of a name stands in a marker, characters. */
const longestName = 300;

/**
 * The hidden line by which a stack's comment is found again and updated in place. No name of a stack can end it, nor
 * be taken for another's.
 */
export function markerOf(stack: string): string {
  const safe = stack.replace(/[^A-Za-z0-9_.]/gu, (char) => `%${char.codePointAt(0)!.toString(16)};`);
  // Longer names than any stack has are told apart by their digest.
  const short = safe.length <= longestName ? safe : digestBytes(stack).replace(':', '.');
  return `<!-- cutover:change-record:${short} -->`;
}

const isToMake = ({ state }: { readonly state: GateState }): boolean => state === 'missing' || state === 'no_good';

/** The proofs that the guardian misses, each once. */
const proofsOf = (guardian: ChangeRecordInput['guardian']): EvidenceKind[] => [
  ...new Set((guardian?.reasons ?? []).flatMap(({ proof }) => proof ?? [])),
];

function sayVerdict({ explanation, guardian }: ChangeRecordInput, { verdict, source }: JudgedRecord): string {
  if (source === 'guardian') {
    const count = guardian?.reasons.length ?? 0;
    const against = count === 1 ? 'one reason stands' : `${count} reasons stand`;
    const what =
      verdict === 'needs_proof' ? `only proof is missing (${proofsOf(guardian).join(', ')})` : `${against} against it`;
    return `The base is not what stands granted. From there the guardian would refuse it: ${what}.`;
  }
  if (source === 'preview') return 'The decision allows it, and the packs refused it in the preview.';
  const kinds = explanation.gates.filter(({ status }) => status === 'does_not_count').map(({ proof }) => proof);
  if (verdict === 'needs_ledger') {
    return `It is not judged here: a rise takes the ledger, which is with the stack. There cutover up refuses it without ${kinds.join(', ')}.`;
  }
  if (verdict !== 'needs_proof') return headline(explanation);
  return `Refused as it stands, and nothing but proof is against it: ${kinds.join(', ')}.`;
}

function stateOf({ status, counted, reasons }: ExplainedGate, isElsewhere: boolean): GateState {
  if (status === 'waived') return 'waived';
  if (isElsewhere) return 'not_judged';
  if (counted) return counted.leftMs < expiringMs ? 'expiring' : 'present';
  return reasons.every(({ severity }) => severity === 'missing') ? 'missing' : 'no_good';
}

const levels = ['mandatory', 'remediate', 'advisory'];

/** By level, then by the worst code that a message names; a level that is not known is the worst. */
function worstPacksFirst(violations: readonly PackResult[]): PackResult[] {
  const coded = violations.map((result) => ({ result, code: /\[([a-z_]+)\]/.exec(result.message)?.[1] ?? 'missing' }));
  const rank = ({ level }: PackResult) => levels.indexOf(level);
  return worstFirst(coded)
    .map(({ result }) => result)
    .sort((one, other) => rank(one) - rank(other));
}
