import { describeChange, describeReason, showable } from '../describe-decision';
import { describeMoment, describeSpan } from './describe-time';
import type { ExplainedChange, ExplainedFile, ExplainedGate, ExplainedReason, Explanation } from './explanation';
import { wrap } from './wrap';

/** How an explanation is written out. */
export interface TextOptions {
  /** Of a line, characters; what is below 40 is taken for 40. */
  readonly width: number;
  /** Every file and what every code means, too. */
  readonly everything: boolean;
}

/** Files of a proof that are written out beside the one that counts; the JSON has them all. */
const mostFiles = 8;

/**
 * An explanation as text, for who has to decide: the verdict, then what is against it from the worst on, then what changes,
 * then proof by proof.
 */
export function renderText(explanation: Explanation, { width, everything }: TextOptions): string[] {
  const wide = Math.max(40, width);
  const { reasons, againstReturn, warnings, gates, notNeeded } = explanation;
  return [
    ...wrap('', headline(explanation), wide),
    ...section('Against it, the worst first:', tellReasons(reasons, wide, everything), wide),
    ...section('And it is no return to the posture before:', tellReasons(againstReturn, wide, everything), wide),
    ...section('Not in order, and no obstacle to this change:', tellReasons(warnings, wide, everything), wide),
    ...tellChanges(explanation, wide),
    ...section(
      'Proof by proof:',
      gates.flatMap((gate) => tellGate(gate, wide, everything)),
      wide,
    ),
    ...(everything ? section('Evidence that this change does not need:', tellNames(notNeeded), wide) : []),
    ...(everything ? section('Grounds:', tellGrounds(explanation, wide), wide) : []),
  ];
}

/** The verdict in one sentence, with what it hangs on. */
export function headline(explanation: Explanation): string {
  const { verdict, stack, from, to, changes, reasons, holdsUntil } = explanation;
  const way = `${from?.tradingMode ?? 'paper'} -> ${to.tradingMode} on stack ${stack}`;
  if (verdict === 'refuse') {
    return `REFUSED: ${way}, for ${reasons.length === 1 ? 'one reason' : `${reasons.length} reasons`}.`;
  }
  if (explanation.return) {
    const { grantedAt, until } = explanation.return;
    const granted = `to what was granted at ${describeMoment(grantedAt)}`;
    return `Allowed as a return, without proofs and once: ${way}, ${granted}; until ${describeMoment(until)}.`;
  }
  const judged = changes.filter((change) => change.judged);
  if (judged.some(({ direction }) => direction === 'rise')) {
    const until = holdsUntil === null ? '' : ` until ${describeMoment(holdsUntil)}, if nothing else changes`;
    return `Allowed: ${way}. Every proof counts${until}.`;
  }
  if (judged.length > 0) return `Allowed: ${way}. Risk only falls, which needs no proof.`;
  return `Allowed: ${way}. No risk changes.`;
}

function section(title: string, lines: readonly string[], width: number): string[] {
  return lines.length === 0 ? [] : ['', ...wrap('', title, width), ...lines];
}

function tellReasons(reasons: readonly ExplainedReason[], width: number, everything: boolean): string[] {
  const longest = Math.max(0, ...reasons.map(({ severity }) => severity.length));
  return joinMissing(reasons).flatMap((reason, index, all) => {
    // What a code means is said once, after the last of its reasons.
    const isLast = all[index + 1]?.code !== reason.code;
    return [
      ...wrap(`  ! ${reason.severity.padEnd(longest)}  `, describeReason(reason), width),
      ...(everything && isLast ? wrap(`    ${' '.repeat(longest)}  = `, reason.meaning, width) : []),
    ];
  });
}

/** Proofs that were never made are one thing to read, not five. */
function joinMissing(reasons: readonly ExplainedReason[]): ExplainedReason[] {
  const missing = reasons.filter(({ code, proof }) => code === 'missing' && proof !== undefined);
  const [first] = missing;
  if (!first || missing.length === 1) return [...reasons];
  const message = `no proof of ${missing.map(({ proof }) => proof).join(', ')}`;
  return reasons.flatMap((reason) =>
    reason === first ? { ...first, message } : missing.includes(reason) ? [] : reason,
  );
}

function tellChanges({ changes, from, to }: Explanation, width: number): string[] {
  const judged = changes.filter((change) => change.judged);
  const others = changes.filter((change) => !change.judged);
  const reason =
    to.tradingMode === 'live'
      ? `Changes with it (from ${from?.tradingMode ?? 'paper'} the posture is proved as a whole):`
      : 'Changes with it (in paper nothing of it carries risk):';
  const tell = (some: readonly ExplainedChange[]) => some.flatMap((change) => tellChange(change, width));
  return [...section('Changes of risk:', tell(judged), width), ...section(reason, tell(others), width)];
}

function tellChange(change: ExplainedChange, width: number): string[] {
  const { direction, proofs } = change;
  return [
    ...wrap(`  ${direction === 'rise' ? '+ rise' : '- fall'}  `, describeChange(change), width),
    ...(proofs.length > 0 ? wrap('          takes ', proofs.join(', '), width) : []),
  ];
}

function tellGate(
  { proof, status, counted, reasons, others }: ExplainedGate,
  width: number,
  everything: boolean,
): string[] {
  const name = `  ${proof.padEnd(9)}  `;
  const tell = (verdict: string, text: string) => wrap(`${name}${verdict.padEnd(5)}`, text, width);
  const files = everything ? tellFiles(others, width, ' '.repeat(name.length)) : [];
  if (status === 'waived') return [...tell('-', "waived: this is a drill's own ledger"), ...files];
  if (!counted) {
    const [worst, ...rest] = reasons.map(describeReason);
    return [
      ...tell('NO', worst ?? ''),
      ...rest.flatMap((reason) => wrap(' '.repeat(name.length + 5), reason, width)),
      ...files,
    ];
  }
  const { ageMs, leftMs, feed, timeScale, file } = counted;
  const made = proof === 'approval' ? '' : `, ${feed} feed${timeScale === 1 ? '' : `, clock x ${timeScale}`}`;
  return [...tell('yes', `${describeSpan(ageMs)} old, ${describeSpan(leftMs)} left${made} (${file})`), ...files];
}

function tellFiles(files: readonly ExplainedFile[], width: number, indent: string): string[] {
  const shown = files.slice(0, mostFiles);
  const left = files.length - shown.length;
  return [
    ...shown.flatMap(({ file, message, code }) =>
      wrap(`${indent}not `, `${file}: ${message} [${code}]`, width, `${indent}    `),
    ),
    ...(left > 0 ? [`${indent}and ${left} more, which --json names`] : []),
  ];
}

function tellNames(files: readonly ExplainedFile[]): string[] {
  const left = files.length - mostFiles;
  const names = files.slice(0, mostFiles).map(({ file }) => `  ${showable(file)}`);
  return left > 0 ? [...names, `  and ${left} more, which --json names`] : names;
}

function tellGrounds({ judgedAt, ledger, trustRoot, from, to }: Explanation, width: number): string[] {
  const { seq, standing, openHalts } = ledger.readable ? ledger : { seq: 0, standing: null, openHalts: 0 };
  const grant = standing
    ? `the grant of ${describeMoment(standing.grantedAt)} stands (${standing.posture})`
    : 'no grant stands';
  const lines: [string, string][] = [
    ['judged at', describeMoment(judgedAt)],
    ['ledger', ledger.readable ? `entry ${seq}; ${grant}; open halts: ${openHalts}` : ledger.reason],
    ['trust', trustRoot ? `version ${trustRoot.version} of the trust root` : 'no trust root'],
    ['from', from ? (from.posture ?? 'a posture without a name') : 'nothing'],
    ['to', to.posture ?? 'a posture without a name'],
  ];
  return lines.flatMap(([what, text]) => wrap(`  ${what.padEnd(9)}  `, text, width));
}
