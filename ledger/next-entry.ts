import type { Signer } from '../evidence/keys';
import type { ChainHead } from './chain';
import { type Draft, type Entry, signEntry } from './entry';
import { LedgerError } from './errors';
import type { Chain } from './verify';

/** Compare before the swap. @throws LedgerError `stale_head` when the ledger does not end where it is expected to */
export function requireHead(chain: Chain, expected: ChainHead): void {
  const { seq, head } = chain.head;
  if (seq === expected.seq && head === expected.head) return;
  throw new LedgerError('stale_head', `expected the ledger to end at entry ${expected.seq}, it ends at ${seq}`, {
    details: [`expected ${expected.head}`, `found ${head}`],
  });
}

/**
 * Signs a draft as the entry that comes next, if the ledger still ends where the caller last saw it end.
 * @param options.expected the head that the caller decided on
 * @param options.now milliseconds since the epoch; the entry is never older than the one before it
 * @throws LedgerError `stale_head`
 */
export function makeNext(
  chain: Chain,
  draft: Draft,
  { expected, signers, now }: { expected: ChainHead; signers: readonly Signer[]; now: number },
): Entry {
  requireHead(chain, expected);
  return signEntry(draft, expected, Math.max(now, chain.newestTime), signers);
}
