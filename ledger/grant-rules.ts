import { type Digest, digestOf } from '../posture/digest';
import { digestTransition } from '../posture/judge-approval';
import { findUndoneFalls, longestReturnMs } from '../posture/judge-return';
import type { TrustRoot } from '../posture/proof';
import { splitTransition } from '../posture/transition';
import type { EntryBody } from './entry';
import { LedgerError } from './errors';

/** A grant that is in the ledger. */
export interface RecordedGrant {
  readonly hash: Digest;
  readonly grantedAt: number;
  readonly body: EntryBody<'grant'>;
}

/** The grant that no later entry has ended. */
export interface UnendedGrant extends RecordedGrant {
  /** The grant that stood when it was made, and that it says it was made from. */
  readonly predecessor: RecordedGrant | null;
}

/** What of a ledger a grant that comes next is held against. */
export interface GrantGround {
  readonly trustRoot: TrustRoot;
  readonly openHalts: readonly unknown[];
  readonly consumed: ReadonlySet<Digest>;
  readonly unendedGrant: UnendedGrant | null;
  readonly returned: ReadonlySet<Digest>;
}

/** Where a grant is to stand; its time is in milliseconds since the epoch. */
interface GrantPlace {
  readonly seq: number;
  readonly time: number;
}

/** Requires something of a grant that comes next. @throws LedgerError that names what is wrong */
export type GrantRule = (ground: GrantGround, body: EntryBody<'grant'>, place: GrantPlace) => void;

/** Nothing is granted while a halt is open. */
export const requireNoOpenHalt: GrantRule = ({ openHalts }, _body, { seq }) => {
  if (openHalts.length > 0) {
    throw new LedgerError('grant_over_halt', `entry ${seq} is a grant while a halt is open`);
  }
};

/** What is granted is of the ledger's own stack and account. */
export const requireOwnAccount: GrantRule = ({ trustRoot: { stack, account } }, { posture }, { seq }) => {
  if (posture.stack !== stack || digestOf(posture.account) !== digestOf(account)) {
    const { venue, id } = posture.account;
    throw new LedgerError('foreign', `entry ${seq} grants a posture of stack ${posture.stack}, account ${venue}/${id}`);
  }
};

/** Evidence counts once. */
export const requireUnusedEvidence: GrantRule = ({ consumed }, { evidence }, { seq }) => {
  const reused = evidence.find((digest, index) => consumed.has(digest) || evidence.indexOf(digest) < index);
  if (reused !== undefined) {
    throw new LedgerError('evidence_reused', `entry ${seq} consumes evidence that was consumed before: ${reused}`);
  }
};

/** A return takes back the grant that stands, goes to the one that this replaced, and undoes rises only. */
export const requireDirectReturn: GrantRule = ({ unendedGrant }, { return: taken, ...body }, { seq }) => {
  if (taken === undefined) return;
  const wrong = (what: string) => new LedgerError('return_refused', `entry ${seq} is a return ${what}`);
  const before = unendedGrant?.predecessor;
  if (unendedGrant?.hash !== taken.undoes) throw wrong('from a grant that does not stand');
  if (!before || before.body.digest !== body.digest) throw wrong('to another posture than the one before');
  const { posture: from } = unendedGrant.body;
  if (body.transition !== digestTransition(from, body.posture)) throw wrong('of another change than it says');
  const [lowered] = findUndoneFalls(from, body.posture, splitTransition(from, body.posture).rises);
  if (lowered) throw wrong(`that raises ${lowered.what}, which was lowered`);
  if (body.evidence.length > 0) throw wrong('that consumes evidence');
};

/** A return is not returned from, and is made once. */
export const requireFirstReturn: GrantRule = ({ unendedGrant, returned }, body, { seq }) => {
  if (body.return === undefined) return;
  if (unendedGrant?.body.return) throw new LedgerError('return_refused', `entry ${seq} is a return from a return`);
  if (returned.has(body.transition))
    throw new LedgerError('return_refused', `entry ${seq} is a return that was made before`);
};

/** Where the trust root allows less than the longest time, the decision holds to it: it may have been another one then. */
export const requireTimelyReturn: GrantRule = ({ unendedGrant }, body, { seq, time }) => {
  if (body.return === undefined || !unendedGrant) return;
  if (time - unendedGrant.grantedAt > longestReturnMs)
    throw new LedgerError('return_refused', `entry ${seq} is a return after its time`);
};

export const allGrantRules: readonly GrantRule[] = [
  requireNoOpenHalt,
  requireOwnAccount,
  requireUnusedEvidence,
  requireDirectReturn,
  requireFirstReturn,
  requireTimelyReturn,
];
