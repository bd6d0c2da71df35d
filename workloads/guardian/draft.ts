import type { Draft } from '../../ledger/entry';
import type { Chain } from '../../ledger/verify';
import { digestTransition } from '../../posture/judge-approval';
import { digestPosture, type Posture } from '../../posture/posture';
import type { LedgerBody } from '../../protocol/ledger-port';
import type { HaltWords } from './gateway-client';

/** The ledger's notes and names are no longer than this, characters. */
const maxReason = 2_000;
const maxName = 200;

/**
 * The ledger's entry for what the protocol wants appended.
 * @param postures those that the digests may name: what was decided on
 * @param now wall time, milliseconds
 * @param words what the gateway knows of a halt that somebody else latched there
 * @throws Error when a digest names none of them, or the grant that is to end does not stand
 */
export function draftOf(
  body: LedgerBody,
  chain: Chain,
  postures: readonly Posture[],
  now: number,
  words?: HaltWords,
): Draft {
  switch (body.kind) {
    case 'grant': {
      const posture = find(postures, body.posture);
      const previous = body.previous === null ? null : find(postures, body.previous);
      const transition = digestTransition(previous, posture);
      const grant = { posture, digest: body.posture, transition, evidence: [...body.evidence] };
      if (!body.isReturn) return { kind: 'grant', body: grant };
      const { unendedGrant } = chain;
      if (!unendedGrant) throw new Error('the grant that is to be taken back does not stand');
      return { kind: 'grant', body: { ...grant, return: { undoes: unendedGrant.hash } } };
    }
    case 'end': {
      const { unendedGrant } = chain;
      if (unendedGrant?.body.digest !== body.posture) throw new Error('the grant that is to end does not stand');
      return { kind: 'end', body: { grant: unendedGrant.hash, reason: body.reason } };
    }
    case 'halt': {
      const reason = (words?.reason || body.reason).slice(0, maxReason);
      const by = (words?.by || 'guardian').slice(0, maxName);
      // Who halts may have another clock; a halt that is recorded has begun.
      const haltedAt = Math.max(0, Math.min(now, words?.haltedAt === undefined ? now : Date.parse(words.haltedAt)));
      return { kind: 'halt', body: { id: body.id, haltedAt, reason, by } };
    }
  }
}

function find(postures: readonly Posture[], digest: string): Posture {
  const found = postures.find((posture) => digestPosture(posture) === digest);
  if (!found) throw new Error(`the posture ${digest} is not known`);
  return found;
}
