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
export function judgeApproval(counting: readonly (readonly Evidence[])[], context: ProofContext): Approved | Flaw {
  const asked = digestTransition(context.from, context.to);
  const judged = judgeEachApproval(counting, context);
  const good = judged.find(({ flaw }) => flaw === undefined);
  const no = judged.find(({ one }) => !one.passed && describeMismatch(one, asked, context) === undefined);
  if (no && no.one.measuredAt >= (good?.one.measuredAt ?? 0)) return { ...saidNo, name: no.one.name };
  if (good) return { approval: good.one, used: counting.map((kind) => findNamed(good.one, kind)!) };
  const [newest] = judged;
  if (newest?.flaw) return { ...newest.flaw, name: newest.one.name };
  const broken = context.rejected.find(({ name }) => name.includes('approval'));
  if (broken) return { code: broken.code, reason: `approval does not count: ${broken.reason}`, name: broken.name };
  return { code: 'missing', reason: 'there is no approval' };
}

/** What stands against each approval by itself, the newest first. */
export function judgeEachApproval(
  counting: readonly (readonly Evidence[])[],
  context: ProofContext,
): { readonly one: Evidence; readonly flaw: Flaw | undefined }[] {
  const asked = digestTransition(context.from, context.to);
  return context.evidence
    .filter(({ kind }) => kind === 'approval')
    .sort(newestFirst)
    .map((one) => ({ one, flaw: findFlaw(one, counting, asked, context) }));
}

/** Why an approval is about something else, or undefined if it is about this change. */
function describeMismatch(
  { approves, stack, account }: Evidence,
  asked: Digest,
  { to }: ProofContext,
): Flaw | undefined {
  if (!approves) return { code: 'malformed', reason: 'the approval does not say what it approves' };
  if (stack !== to.stack || !isSameAccount(account, to.account)) {
    return { code: 'other_stack', reason: 'the approval is for another stack or account' };
  }
  if (approves.transition !== asked) {
    return { code: 'other_transition', reason: 'the approval is for another change' };
  }
  return undefined;
}

/** Of the evidence of a kind, the newest that an approval names. */
const findNamed = ({ approves }: Evidence, kind: readonly Evidence[]): Evidence | undefined =>
  kind.find(({ digest }) => approves?.evidence.includes(digest));

function findFlaw(
  one: Evidence,
  counting: readonly (readonly Evidence[])[],
  asked: Digest,
  context: ProofContext,
): Flaw | undefined {
  const mismatch = describeMismatch(one, asked, context);
  if (mismatch) return mismatch;
  const { ledger, trustRoot, now } = context;
  const approves = one.approves as NonNullable<Evidence['approves']>;
  if (approves.ledgerHead !== ledger.head) {
    return { code: 'other_ledger_head', reason: 'the ledger has moved on since the approval' };
  }
  const unseen = counting.find((kind) => findNamed(one, kind) === undefined);
  if (unseen) return { code: 'other_evidence', reason: `the approval was given without ${unseen[0]!.name}` };
  if (one.measuredAt > now + clockToleranceMs) {
    return { code: 'future_dated', reason: 'the approval is dated in the future' };
  }
  // However long the approver meant it to last, the trust root says how long it may.
  const expiresAt = Math.min(approves.expiresAt, one.measuredAt + trustRoot.freshSeconds.approval * 1000);
  if (!(now < expiresAt)) return { code: 'expired', reason: 'the approval has expired' };
  if (ledger.consumed.has(one.digest))
    return { code: 'already_used', reason: 'the approval was used for an earlier grant' };
  if (!one.passed) return saidNo;
  const signers = new Set(counting.flatMap((kind) => findNamed(one, kind)!.keyIds));
  if (one.keyIds.some((id) => signers.has(id))) {
    return { code: 'same_signer', reason: 'who approves has also signed evidence' };
  }
  return undefined;
}
