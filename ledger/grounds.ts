import { existsSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../errors';
import { readBoundedFile } from '../evidence/bounded-file';
import { EvidenceError } from '../evidence/errors';
import { readEvidence } from '../evidence/store';
import type { DecisionInput } from '../posture/decide';
import type { TrustRoot } from '../posture/proof';
import { readChain, readPinnedRoot } from './root-in-force';
import { Chain } from './verify';
import { viewOrReason } from './view';

/** Where a stack's proof lies. */
export interface GroundsPlace {
  /** The guardian's retained data: ledger, pinned trust root, time of the last renewal. */
  readonly guardianData: string;
  /** The folder of the stack's evidence. */
  readonly evidence: string;
}

/** Everything that a decision is made from, but for the posture asked for. */
export type Grounds = Omit<DecisionInput, 'to'>;

/**
 * Reads what a transition is judged by: the standing grant as the posture before, evidence, ledger, trust root.
 * Never throws: what is missing or broken stands in the result, as a ledger that cannot be read or a rejected evidence.
 * @param now wall time, milliseconds since the epoch
 */
export function readGrounds(place: GroundsPlace, now: number): Grounds {
  try {
    const pinned = readPinnedRoot(place);
    const chain = attempt(() => readChain(place, pinned));
    // Nobody knows whom to trust where what follows the pinned trust root is not chained to it.
    if (chain instanceof EvidenceError) throw chain;
    const trustRoot = chain instanceof Chain ? chain.trustRoot : pinned;
    const sources = { trustRoot, lastRenewal: readRenewal(place), ...readEvidence(place.evidence, trustRoot) };
    const open = () => {
      if (chain instanceof Chain) return chain;
      throw chain;
    };
    return makeGrounds({ ...sources, readChain: open }, now);
  } catch (error) {
    return withoutRoot(error, isInitialised(place), now);
  }
}

/** Grounds where the trust root is missing or broken: none for any rise. @param wasMade whether there were keys once */
function withoutRoot(error: unknown, wasMade: boolean, now: number): Grounds {
  const ledger = { readable: false, reason: `without a trust root: ${messageOf(error)}` } as const;
  const nothing = { from: null, evidence: [], rejected: [], ledger, trustRoot: null, now };
  if (!wasMade && error instanceof EvidenceError && error.code === 'trust_root_missing') return nothing;
  const code = error instanceof EvidenceError ? error.code : 'trust_root_unreadable';
  return { ...nothing, trustProblem: { code, message: messageOf(error) } };
}

/** What it makes, or what it throws. */
function attempt<T>(work: () => T): T | unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** Whether keys, trust root or ledger were ever made here: then what is missing was lost, and not never there. */
export function isInitialised({ guardianData }: Pick<GroundsPlace, 'guardianData'>): boolean {
  const made = ['trust-root.json', 'ledger.jsonl', 'guardian.key'];
  return made.some((name) => existsSync(path.join(guardianData, name)));
}

/** What grounds are made of, wherever it was read. */
export interface GroundsSources extends Pick<Grounds, 'evidence' | 'rejected'> {
  readonly trustRoot: TrustRoot;
  /** The verified ledger. May throw why there is none. */
  readonly readChain: () => Chain;
  /** When the guardian last renewed the standing grant's permit, milliseconds since the epoch. */
  readonly lastRenewal: number | null;
}

/** Grounds from what was read: the posture before is the standing grant's. Never throws. @param now as `readGrounds` */
export function makeGrounds({ readChain, lastRenewal, ...read }: GroundsSources, now: number): Grounds {
  const ledger = viewOrReason(readChain, { now, lastRenewal });
  const from = ledger.readable ? (ledger.standing?.posture ?? null) : null;
  return { ...read, from, ledger, now };
}

/** When the guardian last renewed the standing grant's permit, milliseconds since the epoch; null where nobody knows. */
function readRenewal({ guardianData }: GroundsPlace): number | null {
  try {
    const { renewedAt } = JSON.parse(
      Buffer.from(readBoundedFile(path.join(guardianData, 'renewal.json'), 1024)).toString(),
    );
    return typeof renewedAt === 'number' ? renewedAt : null;
  } catch {
    return null; // never renewed, or torn: the grant's own time counts
  }
}
