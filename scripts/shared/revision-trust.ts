import { CutoverError, messageOf } from '../../errors';
import { digestTrustRoot, verifyNextTrustRoot, verifyTrustRoot } from '../../evidence/trust-root';
import type { Note } from '../../posture/explain/compared';
import { explainReason } from '../../posture/explain/explain-reason';
import type { ExplainedReason } from '../../posture/explain/explanation';
import type { TrustRoot } from '../../posture/proof';

/** The trust root that a comparison is judged by, and what is to be said of those that are committed. */
export interface GoverningTrust {
  readonly trustRoot: TrustRoot | null;
  readonly problem?: { readonly code: string; readonly message: string };
  readonly notes: readonly Note[];
  readonly warnings: readonly ExplainedReason[];
}

/** A committed trust root's bytes, and how its revision is called. */
export interface CommittedTrust {
  readonly where: string;
  readonly bytes: Buffer | undefined;
}

/**
 * Says by which trust root two revisions are judged: by the one that is pinned here, which the guardian judges by; where none
 * is, by the base's, which was reviewed before. Never by what the change itself brings, unless there is nothing else: a
 * change that brought its own keys would vouch for itself.
 */
export function chooseTrust(
  pinned: TrustRoot | null,
  base: CommittedTrust | null,
  head: CommittedTrust,
): GoverningTrust {
  const notes: Note[] = [];
  if (pinned) return { trustRoot: pinned, notes, warnings: checkNext(pinned, head) };
  const chosen = base?.bytes ? base : head;
  if (!chosen.bytes) return { trustRoot: null, notes, warnings: [] };
  try {
    const trustRoot = verifyTrustRoot(chosen.bytes);
    const ofItself = chosen === head ? ', which the change itself brings' : '';
    const text = `no trust root is pinned here: judged by the one that is committed in ${chosen.where}${ofItself}`;
    notes.push({ code: 'trust_root_not_pinned_here', text });
    return { trustRoot, notes, warnings: chosen === head ? [] : checkNext(trustRoot, head) };
  } catch (error) {
    const code = error instanceof CutoverError ? error.code : 'trust_root_unreadable';
    const problem = { code, message: `the trust root of ${chosen.where}: ${messageOf(error)}` };
    return { trustRoot: null, problem, notes, warnings: [] };
  }
}

/** What is wrong with the trust root that a revision brings, held against the one in force. */
function checkNext(inForce: TrustRoot, { where, bytes }: CommittedTrust): ExplainedReason[] {
  const warn = (code: string, message: string) => [
    explainReason({ code, message: `the trust root of ${where} ${message}` }),
  ];
  if (!bytes) return warn('trust_root_missing', 'is not committed');
  try {
    if (digestTrustRoot(verifyTrustRoot(bytes)) === digestTrustRoot(inForce)) return [];
    verifyNextTrustRoot(bytes, inForce);
    return [];
  } catch (error) {
    const code = error instanceof CutoverError ? error.code : 'trust_root_unreadable';
    return warn(code, `does not follow the one in force: ${messageOf(error)}`);
  }
}
