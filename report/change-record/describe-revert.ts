import type { ChangeRecordInput } from './input';
import type { RecordVerdict } from './verdict';

/** How a change is taken back: the commands, the best first, and what each does. */
export interface Revert {
  readonly commands: readonly { readonly command: string; readonly does: string }[];
  readonly notes: readonly string[];
}

/** How to take a change back once it is merged and applied, as `rollback` would do it. */
export function describeRevert(
  input: Pick<ChangeRecordInput, 'explanation' | 'before' | 'platform' | 'configFile'>,
): Revert {
  const { explanation, before, platform, configFile } = input;
  const stack = stackOption(explanation.stack);
  const why = '--reason "why"';
  const halt = {
    command: `cutover halt ${stack} ${why}`,
    does: 'stops trading at once, and needs neither engine, keys nor git',
  };
  const judged = explanation.changes.filter((change) => change.judged);
  const rises = judged.some(({ direction }) => direction === 'rise');
  const falls = judged.some(({ direction }) => direction === 'fall');
  if (before === null) {
    const down = { command: `cutover down ${stack}`, does: 'stops every workload; databases, ledgers and logs stay' };
    return {
      commands: [halt, down],
      notes: ['No config was there before, or none that can be read: there is none to go back to.'],
    };
  }
  // A rollback halts: too much for what changed nothing.
  if (explanation.changes.length === 0 && platform.before === platform.after) {
    return { commands: [halt], notes: ['No risk changes, so there is none to take back.'] };
  }
  if (before.tradingMode !== 'live') {
    const rollback = {
      command: `cutover rollback ${stack} ${why}`,
      does: `halts, reverts the last commit that changed ${configFile}, applies that, and verifies it on every replica`,
    };
    const notes = [
      'It takes one commit back, and of that the config alone: merge this as one commit.',
      'The halt stays open until an approver closes its incident (cutover incident close).',
    ];
    return { commands: [rollback, halt], notes };
  }
  if (explanation.to.tradingMode !== 'live') {
    const again = {
      command: `cutover promote ${stack} --to live`,
      does: 'asks for live again, with every proof made anew',
    };
    return { commands: [again], notes: ['Back to live is a rise like any other. There is no shorter way.'] };
  }
  if (rises && !falls && explanation.return === null) {
    const back = {
      command: `cutover rollback --return ${stack}`,
      does: 'goes back to the live posture before, without a halt: once, while the window of the trust root is open (24 h at most)',
    };
    return {
      commands: [back, halt],
      notes: ['It takes one commit back, and of that the config alone: merge this as one commit.'],
    };
  }
  if (judged.length === 0) return { commands: [halt], notes: ['No risk changes, so there is none to take back.'] };
  const reason =
    explanation.return !== null
      ? 'A return is not undone by a return.'
      : rises
        ? 'It lowers something too, and a return may not raise that again.'
        : 'What falls here rises on the way back.';
  const again = `Put the former values into ${configFile} as a change of its own: it is a rise, and takes the proof of one.`;
  return { commands: [halt], notes: [reason, again] };
}

/** The one command that makes every proof of a change, where there is one: for going live, and for one more agent. */
export function promoteCommand({
  explanation,
  guardian,
}: Pick<ChangeRecordInput, 'explanation' | 'guardian'>): string | null {
  const { stack, to, changes } = explanation;
  const promote = `cutover promote ${stackOption(stack)}`;
  if (to.tradingMode !== 'live') return null;
  if (guardian !== null && guardian.from === null) return `${promote} --to live`;
  const rises = changes.filter(({ judged, direction }) => judged && direction === 'rise');
  const [rise] = rises;
  if (rises.length !== 1 || !rise) return null;
  if (rise.dimension === 'mode') return `${promote} --to live`;
  const agent = /^agents\.([a-z][a-z0-9_]*)$/.exec(rise.what)?.[1];
  return rise.dimension === 'agent' && agent ? `${promote} --agent ${agent}` : null;
}

/** A stack's name as a shell takes it. */
export const stackOption = (name: string): string =>
  `--stack ${/^[\w.][\w.-]*$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`}`;

/** What happens once a change is merged, step by step. */
export function describeAfterMerge(
  { explanation, openHalts, compared }: Pick<ChangeRecordInput, 'explanation' | 'openHalts' | 'compared'>,
  verdict: RecordVerdict,
): string[] {
  const { to, from, changes } = explanation;
  const isLive = to.tradingMode === 'live';
  const rises = changes.some(({ judged, direction }) => judged && direction === 'rise');
  const where = compared.head.commit === null ? 'the config' : 'the merged revision';
  const steps = [
    `Merging alone changes nothing that runs. cutover up ${stackOption(explanation.stack)}, run on ${where}, does.`,
  ];
  if (verdict === 'needs_ledger') {
    return [
      ...steps,
      'The packs judge it there, by the ledger and the evidence of that moment. Refused, it changes nothing that runs.',
      'The guardian judges what really runs a last time. Until it grants it and issues the permit no live order passes.',
    ];
  }
  if (verdict !== 'allowed') {
    return [...steps, 'As it stands, up would be refused or what it brings would get no permit: no live order passes.'];
  }
  if (!isLive) {
    steps.push('The packs hold up no way to paper, and it takes no proof.');
    steps.push(
      from?.tradingMode === 'live'
        ? 'The permit ends: the gateway cancels what is open at the venue and takes no further live order.'
        : "Orders go on to the gateway's paper book.",
    );
    return steps;
  }
  if (rises) {
    steps.push('The packs judge the change again, by the evidence and the ledger of that moment.');
    steps.push(
      'The guardian looks at what really runs, judges it a last time, grants it, and issues the permit. Until then no live order passes.',
    );
    steps.push(
      explanation.return
        ? 'It is a return: no evidence is used up, and it is allowed once.'
        : 'The grant uses the evidence up: it counts for no other.',
    );
  } else if (changes.some(({ judged }) => judged)) {
    steps.push('The guardian grants the lower posture without proof.');
  }
  if (openHalts !== null && openHalts.length > 0) {
    steps.push(
      'A halt is open: nothing trades live until an approver has closed its incident (cutover incident close).',
    );
  }
  return steps;
}
