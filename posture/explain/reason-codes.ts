import type { Reason } from '../reason';

/** How bad a reason is, from the worst to the least. */
export const severities = {
  blocked: 'nothing rises on these grounds, whatever the proof',
  forged: 'not signed by whom it must be, altered, or of another stack: find out why before anything else',
  forbidden: 'never allowed in this way: ask for something else',
  failed: 'was measured, and is not good enough',
  stale: 'was good for another moment or another change',
  missing: 'has not been made',
  note: 'stands against nothing',
} as const;
export type Severity = keyof typeof severities;

/** What a code means to whoever has to act on it. */
export interface ReasonMeaning {
  readonly severity: Severity;
  readonly meaning: string;
}

const of = (severity: Severity, codes: Record<string, string>) =>
  Object.entries(codes).map(([code, meaning]) => [code, { severity, meaning }] as const);

/**
 * Every code that a decision, or an evidence beside it, can have: **from the worst to the least**, which is the order in
 * which reasons are told. The only place where that order is written.
 */
const meanings: ReadonlyMap<string, ReasonMeaning> = new Map([
  ...of('blocked', {
    halt_open: 'A halt is open. An approver closes its incident first: cutover incident close.',
    ledger_unreadable: 'Without the ledger nobody knows what was granted, halted or used. Only a fall passes.',
    trust_root_missing: 'Nobody is named whose word counts. A new stack gets keys by cutover keys init.',
    trust_root_malformed: 'The trust root is there and cannot be used.',
    trust_root_unreadable: 'The trust root is there and cannot be read.',
    posture_malformed: 'A posture holds a value that is no JSON, so that it has no name.',
    clock_stepped_back: "This machine's clock is behind the ledger: put it right.",
  }),
  ...of('forged', {
    trust_root_foreign: 'The trust root is for another stack or account.',
    trust_root_not_pinned: 'The trust root is not the one that was pinned.',
    trust_root_not_next: 'The trust root does not follow the one before it.',
    ledger_foreign: 'The ledger is not the one that the trust root names.',
    bad_signature: 'A known key is named, but the signature does not belong to the content.',
    unknown_key: 'No key of the trust root has signed it.',
    wrong_role: 'It was signed by a key of another role.',
    threshold: 'Fewer keys have signed it than must.',
    unsigned: 'It has no signature.',
    same_signer: 'Who approves has also signed evidence: two people are needed.',
    inconsistent: 'It says that it passed, and its own measurements do not.',
    malformed: 'It is not what evidence looks like: empty, cut off, or something else.',
    wrong_payload_type: 'Its envelope holds something else.',
    unknown_statement: 'Its statement is of a type or version that is not known here.',
    unknown_predicate: 'It is of a kind or version of evidence that is not known here.',
    too_large: 'It is larger than any evidence.',
    too_many: 'There are more files than are looked at.',
    unreadable: 'The file cannot be read.',
    unverifiable: 'It could not be verified; what went wrong stands beside it.',
    other_stack: 'It is of another stack.',
    other_account: 'It is of another account.',
  }),
  ...of('forbidden', {
    more_than_one_rise: 'Under live one rise at a time: split the change.',
    account_only_from_paper: 'Another venue, account or stack is reached from paper only.',
    too_many_agents: 'From paper one agent goes live; more follow one by one.',
    return_of_fall: 'A return undoes rises only; this would undo a fall.',
    return_of_return: 'A return is not undone by a return.',
    return_repeated: 'The same return is allowed once.',
    over_cap: 'Larger than what the trust root lets go live from paper.',
  }),
  ...of('failed', {
    failed: 'The newest of its kind failed, or the approver said no. Find the cause, then measure again.',
    defeated: 'It passed, and one of its kind that is as new or newer failed.',
    return_after_fail: 'What would be gone back to has failed since it was granted.',
    return_unsure: 'A file that cannot be read may be a failed verdict on what would be gone back to.',
    too_few_closes: 'Too few closed trades were seen: the strategy has not shown itself.',
    closes_source: 'Its closed trades are not from the record that was declared.',
    too_short: 'It sampled for less time than the trust root asks for.',
    wide_margin: 'It was judged by a wider margin than the trust root allows.',
    scaled_clock: 'It was made on a scaled clock; this venue takes real time only.',
    simulated_feed: 'It was made on another feed; this venue takes its own only.',
    trained_on: 'It was measured on data that the model may have been trained on.',
  }),
  ...of('stale', {
    future_dated: 'It is dated in the future: one of the clocks is wrong.',
    expired: 'It is older than the trust root lets it be: make it again.',
    already_used: 'An earlier grant has used it up; evidence counts once.',
    before_grant: 'It began before the posture that stands was granted.',
    before_watch: 'It began before the watch was over: the short look comes first.',
    return_window_over: 'The time in which a grant could be taken back is over.',
    other_target: 'It is for another target posture: config, code or model has changed since.',
    other_posture: 'It has measured another posture than the one that counts here.',
    other_transition: 'It approves another change.',
    other_ledger_head: 'The ledger has moved on since it was given.',
    other_evidence: 'It was given on other evidence than what counts now.',
  }),
  ...of('missing', { missing: 'It has not been made, or cannot be judged on these grounds.' }),
  ...of('note', {
    not_judged: 'Without ledger or trust root it cannot be judged.',
    not_used: 'Nothing is against it; another of its kind is used.',
    not_needed: 'No rise of this change asks for it.',
  }),
]);

/** Every code, from the worst to the least. */
export const reasonCodes: readonly string[] = [...meanings.keys()];

/** A code that is not known here is taken for the worst: nobody is to overlook it. */
const unknown: ReasonMeaning = { severity: 'blocked', meaning: 'This version does not know this code.' };

/** How bad a code is, and what it means. Never throws. */
export function meaningOf(code: string): ReasonMeaning {
  return meanings.get(code) ?? unknown;
}

const ranks: ReadonlyMap<string, number> = new Map(reasonCodes.map((code, rank) => [code, rank]));

/** Reasons, the worst first; equals as they came. */
export function worstFirst<T extends Pick<Reason, 'code'>>(reasons: readonly T[]): T[] {
  const rankOf = ({ code }: T) => ranks.get(code) ?? -1;
  return [...reasons].sort((one, other) => rankOf(one) - rankOf(other));
}
