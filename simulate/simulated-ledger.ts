import type { ChainHead } from '../ledger/chain';
import { type Draft, type Entry, formatEntry, hashOf, parseEntry } from '../ledger/entry';
import { LedgerError } from '../ledger/errors';
import type { GrantRule } from '../ledger/grant-rules';
import { makeNext } from '../ledger/next-entry';
import { type Chain, verifyLedger } from '../ledger/verify';
import type { Digest } from '../posture/digest';
import type { LedgerRead, ReadableLedger } from '../protocol/ledger-port';
import { describeChain } from '../workloads/guardian/ledger-reader';
import { genesis, signers, trustRoot } from './keys';

/** What takes production's rules away, for planted faults. */
export interface LedgerRules {
  /** Whether an append compares the head. */
  readonly compares: boolean;
  /** What a grant is held against; absent: all that production holds it against. */
  readonly grantRules?: readonly GrantRule[];
  /** Whether a return is written down as any other grant. */
  readonly forgetsReturns?: boolean;
}

export interface RecordedEntry {
  readonly at: ChainHead;
  readonly entry: Entry;
}

/**
 * The ledger's file, in memory: its lines are made, signed, parsed and verified by production's code, and an append
 * that was torn leaves a part of its line behind.
 */
export class SimulatedLedger {
  readable = true;
  private text = formatEntry(genesis);
  private chain: Chain;
  private recorded: readonly RecordedEntry[] = [];
  private read: ReadableLedger | null = null;

  constructor(private readonly rules: LedgerRules) {
    this.chain = this.verify();
  }

  get at(): ChainHead {
    return this.chain.head;
  }

  get genesis(): Digest {
    return trustRoot.genesis;
  }

  /** All entries of the file as it is now. */
  get entries(): readonly RecordedEntry[] {
    return this.recorded;
  }

  /** The verified ledger. @throws LedgerError while it cannot be read */
  open(): Chain {
    if (this.readable) return this.chain;
    throw new LedgerError('unreadable', 'the ledger cannot be read');
  }

  view(): LedgerRead {
    if (!this.readable) return { readable: false, reason: 'unreadable' };
    this.read ??= describeChain(this.chain, trustRoot);
    return this.read;
  }

  /**
   * Signs and appends what a guardian wants recorded, or an approver.
   * @param torn the part of the line that reaches the disk before a crash; 1 is all of it
   * @throws LedgerError as production's append; nothing counts then
   */
  append(draft: Draft, { expected, now, torn }: { expected: ChainHead; now: number; torn: number }): RecordedEntry {
    const chain = this.open();
    const signer = signers[draft.kind === 'incident' ? 'approver' : 'guardian'];
    const place = this.rules.compares ? expected : chain.head;
    const entry = makeNext(chain, this.rules.forgetsReturns ? forgetReturn(draft) : draft, {
      expected: place,
      now: Math.floor(now),
      signers: [signer],
    });
    const line = formatEntry(entry);
    // A torn line of before is set aside.
    const lines = this.text.slice(0, this.text.lastIndexOf('\n') + 1);
    if (torn < 1) {
      this.text = lines + line.slice(0, Math.floor(line.length * torn));
      throw new LedgerError('write_failed', 'torn');
    }
    chain.add(parseEntry(line.slice(0, -1), 'new line'));
    this.text = lines + line;
    this.read = null;
    const recorded = { at: chain.head, entry };
    this.recorded = [...this.recorded, recorded];
    return recorded;
  }

  /** A copy of its file. */
  copy(): string {
    return this.text;
  }

  /** Puts an older copy in its place. */
  restore(copy: string): void {
    this.text = copy;
    this.chain = this.verify();
    this.read = null;
  }

  private verify(): Chain {
    const { text } = this;
    const { grantRules } = this.rules;
    const chain = verifyLedger(Buffer.from(text.slice(0, text.lastIndexOf('\n') + 1)), trustRoot, grantRules);
    this.recorded = chain.entries.map((entry) => ({ at: { seq: entry.seq, head: hashOf(entry) }, entry }));
    return chain;
  }
}

function forgetReturn(draft: Draft): Draft {
  if (draft.kind !== 'grant') return draft;
  const { return: _, ...body } = draft.body;
  return { ...draft, body };
}
