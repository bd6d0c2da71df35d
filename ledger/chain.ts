import { type Digest, digestOf } from '../posture/digest';

/** Where a chain ends: the number of its newest entry and that entry's hash. */
export interface ChainHead {
  readonly seq: number;
  readonly head: Digest;
}

/** What an entry says, without its place in the chain's hashes. */
export interface EntryContent {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: string;
  readonly body: unknown;
  /** One or more signatures, or none where the kind needs none. */
  readonly signatures: unknown;
}

/** What `prev` is in a ledger's first entry, whose `seq` is 0. */
export const noEntry: Digest = `sha256:${'0'.repeat(64)}`;

/**
 * The digest of everything an entry says. A permit's `extension` is a list of these, so that a gateway can compute the
 * new head without being sent the entries.
 * @throws TypeError when the body is not JSON
 */
export function digestEntry({ seq, time, kind, body, signatures }: EntryContent): Digest {
  return digestOf({ seq, time, kind, body, signatures });
}

/** The hash that the next entry names as its `prev`: it commits to this entry and to all before it. */
export function hashEntry(entry: { readonly seq: number; readonly prev: Digest; readonly digest: Digest }): Digest {
  return digestOf({ seq: entry.seq, prev: entry.prev, digest: entry.digest });
}

/** The head that follows from `from` by the entries with these digests, in order; `from` itself when there are none. */
export function extendHead(from: ChainHead, digests: readonly Digest[]): ChainHead {
  return digests.reduce<ChainHead>(({ seq, head }, digest) => {
    const next = seq + 1;
    return { seq: next, head: hashEntry({ seq: next, prev: head, digest }) };
  }, from);
}
