import { type Digest, digestOf, rememberDigest } from './digest';
import { clockToleranceMs, type Flaw, isSameAccount, newestFirst, type ProofContext } from './judge-evidence';
import { digestPosture, type Posture } from './posture';
import type { Evidence } from './proof';

/** The digest that names a transition, both postures by theirs. */
export function digestTransition(from: Posture | null, to: Posture): Digest {
  return digestsTo(to)(from ?? nothing);
}

const nothing: Partial<Posture> = {};
/** For each target, what remembers the digests of the ways to it. */
const known = new WeakMap<Posture, (from: Partial<Posture>) => Digest>();

function digestsTo(to: Posture): (from: Partial<Posture>) => Digest {
  const found =
    known.get(to) ??
    rememberDigest((from: Partial<Posture>) =>
      digestOf({ from: from === nothing ? null : digestPosture(from as Posture), to: digestPosture(to) }),
    );
  known.set(to, found);
  return found;
}

/** An approval that counts, with the evidence that it was given for. */
export interface Approved {
  readonly approval: Evidence;
  readonly used: readonly Evidence[];
}

const saidNo: Flaw = { code: 'failed', reason: 'the approver said no' };

/**
 * Finds the approval that counts: of exactly this transition, on exactly this head of the ledger, of exactly the evidence
 * that is used, fresh, and signed by nobody who signed any of that evidence. A later no defeats an earlier yes.
 * @param counting for each kind that is needed, what counts of it
 */
export function judgeApproval(
  counting: readonly (readonly Evidence[])[],
  context: ProofContext,
): Approved | { readonly flaws: readonly Flaw[] } {
  const asked = digestTransition(context.from, context.to);
  const ranked = rank(counting);
  const judged = judgeEachApproval(counting, context);
  const good = judged.find(({ flaws }) => flaws.length === 0);
  const no = judged.find(({ one }) => !one.passed && describeMismatch(one, asked, context).length === 0);
  if (no && no.one.measuredAt >= (good?.one.measuredAt ?? 0)) return { flaws: [{ ...saidNo, name: no.one.name }] };
  if (good) return { approval: good.one, used: ranked.map((kind) => findNamed(good.one, kind)!) };
  const [newest] = judged;
  if (newest) return { flaws: named(newest) };
  const broken = context.rejected.find(({ name }) => name.includes('approval'));
  if (!broken) return { flaws: [{ code: 'missing', reason: 'there is no approval' }] };
  return { flaws: [{ code: broken.code, reason: `approval does not count: ${broken.reason}`, name: broken.name }] };
}

/** What stands against each approval by itself, the newest first. */
export function judgeEachApproval(
  counting: readonly (readonly Evidence[])[],
  context: ProofContext,
): { readonly one: Evidence; readonly flaws: readonly Flaw[] }[] {
  const asked = digestTransition(context.from, context.to);
  const ranked = rank(counting);
  return context.evidence
    .filter(({ kind }) => kind === 'approval')
    .sort(newestFirst)
    .map((one) => ({ one, flaws: findFlaws(one, ranked, asked, context) }));
}

const named = ({ one, flaws }: { readonly one: Evidence; readonly flaws: readonly Flaw[] }): Flaw[] =>
  flaws.map((flaw) => ({ ...flaw, name: one.name }));

/** Why an approval is about something else, or nothing if it is about this change. Another stack is another change too. */
function describeMismatch({ approves, stack, account }: Evidence, asked: Digest, { to }: ProofContext): Flaw[] {
  if (!approves) return [{ code: 'malformed', reason: 'the approval does not say what it approves' }];
  if (stack !== to.stack || !isSameAccount(account, to.account))
    return [{ code: 'other_stack', reason: 'the approval is for another stack or account' }];
  if (approves.transition !== asked)
    return [{ code: 'other_transition', reason: 'the approval is for another change' }];
  return [];
}

/** What counts of a kind, by its digest, with its place among the newest: so that each approval is judged in its own length. */
type Ranked = ReadonlyMap<Digest, { readonly one: Evidence; readonly rank: number }>;

const rank = (counting: readonly (readonly Evidence[])[]): Ranked[] =>
  counting.map((kind) => new Map(kind.map((one, rank) => [one.digest, { one, rank }])));

/** Of the evidence of a kind, the newest that an approval names. */
function findNamed({ approves }: Evidence, kind: Ranked): Evidence | undefined {
  const named = approves?.evidence.flatMap((digest) => kind.get(digest) ?? []) ?? [];
  return named.sort((one, other) => one.rank - other.rank)[0]?.one;
}

/** Everything that is wrong with an approval. Of one that is about something else, nothing more is asked. */
function findFlaws(one: Evidence, counting: readonly Ranked[], asked: Digest, context: ProofContext): Flaw[] {
  const mismatch = describeMismatch(one, asked, context);
  if (mismatch.length > 0) return mismatch;
  const { ledger, trustRoot, now } = context;
  const approves = one.approves as NonNullable<Evidence['approves']>;
  const flaws: Flaw[] = [];
  const against = (code: string, reason: string) => void flaws.push({ code, reason });
  if (!one.passed) flaws.push(saidNo);
  if (approves.ledgerHead !== ledger.head) against('other_ledger_head', 'the ledger has moved on since the approval');
  for (const kind of counting.filter((each) => findNamed(one, each) === undefined)) {
    const [newest] = kind.values();
    against('other_evidence', `the approval was given without ${newest!.one.name}`);
  }
  if (one.measuredAt > now + clockToleranceMs) against('future_dated', 'the approval is dated in the future');
  // However long the approver meant it to last, the trust root says how long it may.
  const expiresAt = Math.min(approves.expiresAt, one.measuredAt + trustRoot.freshSeconds.approval * 1000);
  if (!(now < expiresAt)) against('expired', 'the approval has expired');
  if (ledger.consumed.has(one.digest)) against('already_used', 'the approval was used for an earlier grant');
  const signers = new Set(counting.flatMap((kind) => findNamed(one, kind)?.keyIds ?? []));
  if (one.keyIds.some((id) => signers.has(id))) against('same_signer', 'who approves has also signed evidence');
  return flaws;
}
