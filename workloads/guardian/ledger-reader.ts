import { statSync } from 'node:fs';
import { messageOf } from '../../errors';
import { EvidenceError } from '../../evidence/errors';
import { digestTrustRoot } from '../../evidence/trust-root';
import type { ChainHead } from '../../ledger/chain';
import type { Entry } from '../../ledger/entry';
import { LedgerError } from '../../ledger/errors';
import { readLedger } from '../../ledger/ledger-file';
import type { Chain } from '../../ledger/verify';
import type { Digest } from '../../posture/digest';
import type { TrustRoot } from '../../posture/proof';
import type { LedgerRead } from '../../protocol/ledger-port';
import type { SignedClose } from '../../protocol/messages';

/** A ledger that was verified, or why it cannot be read. */
export type LedgerSight =
  | { readonly chain: Chain; readonly read: Extract<LedgerRead, { readable: true }> }
  | { readonly chain: null; readonly read: Extract<LedgerRead, { readable: false }> };

/** Reads the guardian's ledger in every round, and verifies it whenever its file or the trust root is not the one before. */
export class LedgerReader {
  private known: { readonly key: string; readonly chain: Chain } | undefined;
  private lastRoot: TrustRoot | undefined;

  constructor(private readonly file: string) {}

  /**
   * Never throws: a ledger that cannot be read is an answer too.
   * @param pinned the trust root of `keys init`
   */
  read(pinned: TrustRoot): LedgerSight {
    try {
      const chain = this.readChain(pinned);
      this.lastRoot = chain.trustRoot;
      return { chain, read: describeChain(chain, pinned) };
    } catch (error) {
      this.known = undefined;
      const code = error instanceof LedgerError || error instanceof EvidenceError ? error.code : 'unreadable';
      return unreadable(`${code}: ${messageOf(error)}`);
    }
  }

  /** The trust root in force; while the ledger cannot be read, when nothing is granted, the one that was. */
  rootInForce(pinned: TrustRoot): TrustRoot {
    const { chain } = this.read(pinned);
    return chain?.trustRoot ?? this.lastRoot ?? pinned;
  }

  /** The envelopes of the trust roots that followed the pinned one, as far as the ledger could be read. */
  get rotations(): readonly string[] {
    return this.known?.chain.rotations ?? [];
  }

  private readChain(trustRoot: TrustRoot): Chain {
    const { ino, size, ctimeNs } = statSync(this.file, { bigint: true, throwIfNoEntry: false }) ?? {};
    // The whole trust root, not its genesis alone: another one with other keys may name the same ledger.
    const key = `${digestTrustRoot(trustRoot)} ${ino} ${size} ${ctimeNs}`;
    if (this.known?.key !== key) this.known = { key, chain: readLedger(this.file, trustRoot) };
    return this.known.chain;
  }
}

/** A ledger that nothing can be read from, as far as anybody is concerned. */
export const unreadable = (reason: string): LedgerSight => ({ chain: null, read: { readable: false, reason } });

/** What the protocol asks of a ledger. */
export function describeChain(chain: Chain, trustRoot: TrustRoot): Extract<LedgerRead, { readable: true }> {
  const { unendedGrant } = chain;
  return {
    readable: true,
    genesis: chain.hashAt(0),
    at: chain.head,
    standing: unendedGrant && { posture: unendedGrant.body.digest, grantedAt: unendedGrant.grantedAt },
    halts: chain.entries.flatMap((entry) => (entry.kind === 'halt' ? haltId(entry, chain) : [])),
    closes: chain.entries.flatMap((entry) => (entry.kind === 'incident' ? closeOf(entry, chain, trustRoot) : [])),
    after: (head) => digestsAfter(chain, head),
  };
}

/** The name of a halt: what its gateway knows it by, or its entry's hash. */
function haltId(entry: Extract<Entry, { kind: 'halt' }>, chain: Chain): string {
  return entry.body.id ?? chain.hashAt(entry.seq);
}

function closeOf({ body }: Extract<Entry, { kind: 'incident' }>, chain: Chain, trustRoot: TrustRoot): SignedClose {
  const { account, stack, genesis } = trustRoot;
  const halts = chain.entries.flatMap((entry) =>
    entry.kind === 'halt' && body.closes.includes(chain.hashAt(entry.seq)) ? haltId(entry, chain) : [],
  );
  return { close: { account, stack, genesis, halts }, signature: body.release ?? '' };
}

function digestsAfter(chain: Chain, head: ChainHead): Digest[] | null {
  try {
    return chain.digestsAfter(head);
  } catch {
    return null;
  }
}
