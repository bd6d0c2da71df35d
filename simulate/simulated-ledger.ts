import { type ChainHead, digestEntry, extendHead, noEntry } from '../ledger/chain';
import type { Digest } from '../posture/digest';
import type { LedgerBody, LedgerRead, ReadableLedger } from '../protocol/ledger-port';
import type { SignedClose } from '../protocol/messages';

type Body = LedgerBody | { readonly kind: 'genesis' } | { readonly kind: 'incident'; readonly signed: SignedClose };

export interface SimulatedEntry {
  readonly at: ChainHead;
  readonly digest: Digest;
  readonly time: number;
  readonly body: Body;
}

/** The ledger's file, with production's hash chain. A torn or failed append leaves nothing that counts. */
export class SimulatedLedger {
  entries: readonly SimulatedEntry[] = [];
  readable = true;
  private read: ReadableLedger | null = null;
  /** @param compares whether an append compares the head; only a planted fault leaves it out */
  constructor(private readonly compares: boolean) {
    this.add({ kind: 'genesis' }, 0);
  }

  get at(): ChainHead {
    return this.entries.at(-1)?.at ?? { seq: -1, head: noEntry };
  }

  get genesis(): Digest {
    return this.entries[0]!.at.head;
  }

  /** @returns whether it was appended: only where the head is still the expected one */
  append(body: Body, expected: ChainHead, time: number): boolean {
    if (!this.readable) return false;
    if (this.compares && expected.head !== this.at.head) return false;
    this.add(body, time);
    return true;
  }

  /** Puts an older copy in its place. */
  restore(copy: readonly SimulatedEntry[]): void {
    this.entries = copy;
    this.read = null;
  }

  view(): LedgerRead {
    if (!this.readable) return { readable: false, reason: 'unreadable' };
    this.read ??= readEntries(this.entries);
    return this.read;
  }

  private add(body: Body, time: number): void {
    const seq = this.at.seq + 1;
    const digest = digestEntry({ seq, time, kind: body.kind, body, signatures: [] });
    this.entries = [...this.entries, { at: extendHead(this.at, [digest]), digest, time, body }];
    this.read = null;
  }
}

function readEntries(entries: readonly SimulatedEntry[]): ReadableLedger {
  let standing: ReadableLedger['standing'] = null;
  const halts: string[] = [];
  const closes: SignedClose[] = [];
  for (const { body, time } of entries) {
    if (body.kind === 'grant') standing = { posture: body.posture, grantedAt: time };
    if (body.kind === 'halt' || body.kind === 'end') standing = null;
    if (body.kind === 'halt') halts.push(body.id);
    if (body.kind === 'incident') closes.push(body.signed);
  }
  return {
    readable: true,
    genesis: entries[0]!.at.head,
    at: entries.at(-1)!.at,
    standing,
    halts,
    closes,
    after: ({ seq, head }) =>
      entries[seq]?.at.head === head ? entries.slice(seq + 1).map((entry) => entry.digest) : null,
  };
}

/** The evidence that this ledger's grants have consumed. */
export function consumedIn(entries: readonly SimulatedEntry[]): Set<Digest> {
  return new Set(entries.flatMap(({ body }) => (body.kind === 'grant' ? body.evidence : [])));
}
