import type { ChainHead } from '../../ledger/chain';
import { type Draft, type Entry, hashOf, signEntry, signerOfEntry } from '../../ledger/entry';
import { type Digest, digestBytes } from '../../posture/digest';
import { digestPosture, type Posture } from '../../posture/posture';
import { paperPosture } from './posture';
import type { Trust } from './trust';

export const livePosture: Posture = { ...paperPosture, tradingMode: 'live' };

export const grantOf = (...evidence: Digest[]): Extract<Draft, { kind: 'grant' }> => ({
  kind: 'grant',
  body: {
    posture: livePosture,
    digest: digestPosture(livePosture),
    transition: digestBytes('transition'),
    evidence,
  },
});

export const haltAt = (haltedAt: number, reason = 'error rate'): Extract<Draft, { kind: 'halt' }> => ({
  kind: 'halt',
  body: { haltedAt, reason, by: 'guardian' },
});

export const incidentOf = (...closes: Digest[]): Extract<Draft, { kind: 'incident' }> => ({
  kind: 'incident',
  body: {
    closes,
    cause: 'a bad deployment',
    timeline: [{ at: 1, text: 'halted' }],
    actionItems: [{ text: 'test it', owner: 'ops' }],
  },
});

export const headAfter = (entry: Entry): ChainHead => ({ seq: entry.seq, head: hashOf(entry) });

/** A ledger's entries from its genesis on, each properly signed, a second apart. */
export function entriesOf(trust: Trust, drafts: readonly Draft[]): Entry[] {
  const entries = [trust.genesis];
  for (const draft of drafts) {
    const last = entries.at(-1)!;
    const role = signerOfEntry[draft.kind];
    entries.push(signEntry(draft, headAfter(last), last.time + 1000, role === null ? [] : trust.signers[role]));
  }
  return entries;
}
