import type { Digest } from '../posture/digest';
import type { Posture } from '../posture/posture';
import { trustRoot } from './keys';
import { nameOf, paperTwin } from './postures';
import type { ProofFact } from './proofs';
import type { RecordedEntry } from './simulated-ledger';
import type { WitnessedDecision } from './witnessed-decision';

type Grant = Extract<RecordedEntry['entry'], { kind: 'grant' }>;

/**
 * Judges a decision that allowed a return, by the ledger's entries and what really was measured: 8. A return takes back
 * the newest grant, within the window and once; it goes to the grant right before, with no halt, end or return there,
 * undoes no fall, and nothing has failed of what it goes to. Gives the reasons why it is wrong; none when it is right.
 */
export function judgeReturn(decision: WitnessedDecision, facts: ReadonlyMap<Digest, ProofFact>): string[] {
  const { to, entries, wallMs, evidence } = decision;
  // Whatever lies between two grants breaks their line: a halt and an end do, a close can only follow a halt.
  const [last, before] = entries
    .map(({ entry }) => entry)
    .filter(({ kind }) => kind !== 'incident' && kind !== 'genesis')
    .reverse();
  if (last?.kind !== 'grant' || before?.kind !== 'grant')
    return ['8: a return was allowed over a halt, or with no grant before'];
  const wrong: string[] = [];
  if (before.body.digest !== nameOf(to)) wrong.push('a return was allowed to another posture than the one before');
  if (last.body.return) wrong.push('a return was allowed from a return');
  if (wasMade(last.body.posture, to, entries)) wrong.push('a return was allowed twice');
  const age = Math.max(wallMs, entries.at(-1)?.entry.time ?? 0) - last.time;
  if (age > (trustRoot.rollbackWindowSeconds ?? 0) * 1000 + 1) wrong.push(`a return was allowed after ${age} ms`);
  for (const what of whatFell(to, last.body.posture)) wrong.push(`a return was allowed that raises ${what} again`);
  if (evidence.length > 0) wrong.push('a return consumes evidence');
  if (hasFailed(before, facts)) wrong.push('a return was allowed to what has failed since');
  return wrong.map((text) => `8: ${text}`);
}

/** Whether the ledger has a return from the one posture to the other. */
function wasMade(from: Posture, to: Posture, entries: readonly RecordedEntry[]): boolean {
  const grants = entries.flatMap(({ entry }) => (entry.kind === 'grant' ? [entry] : []));
  return grants.some(
    ({ body }, index) => body.return && body.digest === nameOf(to) && grants[index - 1]?.body.digest === nameOf(from),
  );
}

/** What the way from one posture to another lowered. */
function whatFell(from: Posture, to: Posture): string[] {
  const fell: string[] = [];
  if (to.agents.length < from.agents.length) fell.push('the number of agents');
  if (to.risk.maxDrawdown < from.risk.maxDrawdown) fell.push('a limit');
  if (to.confidenceThreshold > from.confidenceThreshold) fell.push('the risk of a lower threshold');
  return fell;
}

/** Whether anything failed after a grant that was about its posture. */
function hasFailed({ body: { posture }, time }: Grant, facts: ReadonlyMap<Digest, ProofFact>): boolean {
  const names = [nameOf(posture), nameOf(paperTwin(posture))];
  return [...facts.values()].some(
    ({ passed, subject, target, measuredAt }) =>
      !passed && measuredAt > time && (names.includes(nameOf(target)) || (subject && names.includes(nameOf(subject)))),
  );
}
