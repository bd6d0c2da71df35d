import path from 'node:path';
import { messageOf } from '../../../errors';
import { readBoundedFile } from '../../../evidence/bounded-file';
import { type Entry, parseEntry } from '../../../ledger/entry';
import { readPinnedRoot } from '../../../ledger/root-in-force';
import { Chain, maxLedgerBytes } from '../../../ledger/verify';
import type { Digest } from '../../../posture/digest';
import type { Found } from '../found';
import { countOf, shortDigest } from '../show';

/** Where a posture stood, from `from` until `to`; milliseconds since the epoch. */
export interface Stand {
  readonly state: 'paper' | 'live' | 'halted';
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** A halt, and how it was closed. Times are milliseconds since the epoch. */
export interface Halt {
  readonly id: string;
  readonly haltedAt: number;
  readonly reason: string;
  readonly by: string;
  readonly closed: {
    readonly at: number;
    readonly cause: string;
    readonly timeline: readonly { readonly at: number; readonly text: string }[];
    readonly actionItems: readonly { readonly owner: string; readonly text: string }[];
  } | null;
}

/** What happened, as the ledger has it. */
export interface Happening {
  readonly seq: number;
  readonly at: number;
  readonly kind: Entry['kind'];
  readonly text: string;
}

export interface LedgerData {
  readonly account: { readonly venue: string; readonly id: string };
  readonly drill: boolean;
  readonly rootVersion: number;
  readonly head: Digest;
  /** Why verification ended before the file did; what follows there is not shown as something that happened. */
  readonly broken: { readonly reason: string; readonly line: number; readonly linesAfter: number } | null;
  /** Of what was verified, oldest first. */
  readonly happenings: readonly Happening[];
  readonly stands: readonly Stand[];
  readonly halts: readonly Halt[];
  readonly grants: readonly { readonly at: number; readonly text: string }[];
  readonly consumed: ReadonlySet<Digest>;
}

/**
 * Reads a ledger and verifies it entry by entry, as far as it can be verified. Never throws.
 * @param guardianData the guardian's retained data
 * @param now milliseconds since the epoch
 */
export function gatherLedger(guardianData: string, now: number): Found<LedgerData> {
  try {
    const chain = new Chain(readPinnedRoot({ guardianData }));
    const bytes = readBoundedFile(path.join(guardianData, 'ledger.jsonl'), maxLedgerBytes);
    const broken = verifyLines(chain, bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1));
    if (chain.head.seq < 0) return { missing: `the ledger cannot be trusted: ${broken?.reason ?? 'it has no entry'}` };
    return { found: { ...describeChain(chain, now), broken } };
  } catch (error) {
    return { missing: messageOf(error) };
  }
}

function verifyLines(chain: Chain, bytes: Uint8Array): LedgerData['broken'] {
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    const line = chain.head.seq + 2;
    try {
      chain.add(parseEntry(bytes.subarray(start, end), `line ${line}`));
    } catch (error) {
      return { reason: messageOf(error), line, linesAfter: countLines(bytes.subarray(start)) };
    }
    start = end + 1;
  }
  return null;
}

const countLines = (bytes: Uint8Array) => bytes.reduce((count, byte) => count + Number(byte === 0x0a), 0);

function describeChain(chain: Chain, now: number): Omit<LedgerData, 'broken'> {
  const { entries, genesis, trustRoot } = chain;
  return {
    account: genesis.account,
    drill: genesis.drill,
    rootVersion: trustRoot.version,
    head: chain.head.head,
    happenings: entries.map((entry) => ({ seq: entry.seq, at: timeOf(entry), kind: entry.kind, text: textOf(entry) })),
    stands: standsOf(chain, now),
    halts: haltsOf(chain),
    grants: entries.flatMap((entry) => (entry.kind === 'grant' ? { at: entry.time, text: textOf(entry) } : [])),
    consumed: chain.consumed,
  };
}

/** A halt may be recorded later than it began. */
const timeOf = (entry: Entry) => (entry.kind === 'halt' ? entry.body.haltedAt : entry.time);

function textOf(entry: Entry): string {
  switch (entry.kind) {
    case 'genesis':
      return entry.body.drill ? "keys and a drill's ledger were made" : 'keys and ledger were made';
    case 'grant': {
      const { posture, digest, evidence } = entry.body;
      const agents = (posture.agents ?? []).map(({ name }) => name).join(', ') || 'none';
      const how = entry.body.return ? 'a return' : countOf(evidence.length, 'proof');
      return `posture ${shortDigest(digest)} was granted by ${how}; agents: ${agents}; model ${posture.model?.version ?? 'not named'}`;
    }
    case 'end':
      return `the grant ended: ${entry.body.reason}`;
    case 'halt':
      return `halted by ${entry.body.by}: ${entry.body.reason}`;
    case 'incident':
      return `closed by an approver: ${entry.body.cause}`;
    case 'rotation':
      return 'the next trust root came into force';
  }
}

/** Where the stack stood, from one change to the next. Paper from the first entry on. */
function standsOf(chain: Chain, now: number): Stand[] {
  const stands: Stand[] = [];
  let open = 0;
  const stand = (state: Stand['state'], at: number, why: string) => {
    const before = stands.pop();
    if (before) stands.push({ ...before, to: Math.max(before.from, at) });
    const from = Math.max(at, before?.from ?? at);
    stands.push({ state, from, to: Math.max(now, from), why });
  };
  for (const entry of chain.entries) {
    const at = timeOf(entry);
    if (entry.kind === 'halt') open += 1;
    if (entry.kind === 'incident') open -= entry.body.closes.length;
    if (entry.kind === 'genesis' || entry.kind === 'end') stand(open > 0 ? 'halted' : 'paper', at, textOf(entry));
    if (entry.kind === 'grant') stand(entry.body.posture.tradingMode, at, textOf(entry));
    if (entry.kind === 'halt') stand('halted', at, textOf(entry));
    if (entry.kind === 'incident') stand(open > 0 ? 'halted' : 'paper', at, textOf(entry));
  }
  return stands;
}

function haltsOf(chain: Chain): Halt[] {
  const closes = new Map<Digest, Halt['closed']>();
  for (const { kind, body, time } of chain.entries) {
    if (kind !== 'incident') continue;
    const { cause, timeline, actionItems } = body;
    for (const hash of body.closes) closes.set(hash, { at: time, cause, timeline, actionItems });
  }
  return chain.entries.flatMap((entry) => {
    if (entry.kind !== 'halt') return [];
    const hash = chain.hashAt(entry.seq);
    const { id = hash, haltedAt, reason, by } = entry.body;
    return { id, haltedAt, reason, by, closed: closes.get(hash) ?? null };
  });
}
