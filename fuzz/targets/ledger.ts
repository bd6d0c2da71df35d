import { type Draft, type Entry, formatEntry, hashOf, signEntry, signerOfEntry } from '../../ledger/entry';
import { verifyLedger } from '../../ledger/verify';
import { digestBytes } from '../../posture/digest';
import { digestPosture } from '../../posture/posture';
import { genesis, signers, trustRoot } from '../../simulate/keys';
import { firstLive } from '../../simulate/postures';
import type { Target } from './target';

const granted = firstLive('1');

/** A ledger with an entry of every kind. */
export function honestEntries(): Entry[] {
  const entries: Entry[] = [genesis];
  const append = (draft: Draft) => {
    const after = entries.at(-1)!;
    const role = signerOfEntry[draft.kind];
    const head = { seq: after.seq, head: hashOf(after) };
    entries.push(signEntry(draft, head, after.time + 1_000, role === null ? [] : [signers[role]]));
    return hashOf(entries.at(-1)!);
  };
  const grant = (...evidence: string[]): Draft => ({
    kind: 'grant',
    body: {
      posture: granted,
      digest: digestPosture(granted),
      transition: digestBytes('transition'),
      evidence: evidence.map(digestBytes),
    },
  });
  const first = append(grant('preflight', 'canary'));
  append({ kind: 'end', body: { grant: first, reason: 'paper was observed' } });
  append(grant('a later preflight'));
  const halt = append({ kind: 'halt', body: { haltedAt: genesis.time + 3_500, reason: 'error rate', by: 'guardian' } });
  const timeline = [{ at: genesis.time + 3_500, text: 'halted' }];
  const actionItems = [{ text: 'test it', owner: 'ops' }];
  append({ kind: 'incident', body: { closes: [halt], cause: 'a bad deployment', timeline, actionItems } });
  return entries;
}

/** A ledger's lines. @param verify production's, or one with a planted fault */
export function ledgerTarget(verify = verifyLedger): Target {
  const lines = honestEntries().map((entry) => formatEntry(entry).trimEnd());
  const honest = [2, 4, lines.length].map((count) => Buffer.from(`${lines.slice(0, count).join('\n')}\n`));
  return {
    name: 'ledger',
    honest,
    accepts: (bytes) => verify(bytes, trustRoot).head.seq >= 0,
    // A ledger that ends sooner is one as well: that it lacks what was seen in it is for the gateway to say.
    isHonest: (bytes) => {
      const found = bytes.toString('latin1').split('\n').slice(0, -1);
      return (
        found.length > 0 && found.every((line, index) => line === Buffer.from(lines[index] ?? '').toString('latin1'))
      );
    },
  };
}
