import { messageOf } from '../../errors';
import type { ChainHead } from '../../ledger/chain';
import { LedgerError } from '../../ledger/errors';
import type { Operations, PostureSighting } from '../../platforms/platform';
import { type Digest, digestBytes } from '../../posture/digest';
import { digestPosture, type Posture } from '../../posture/posture';
import type { Observation } from '../../protocol/guardian-state';
import type { LedgerSight } from './ledger-reader';

/** Names that there is none; no posture has this digest. */
const noPosture: Digest = digestBytes('no posture was observed');

/** What a round saw, beyond what the platform and the ledger say. */
export interface RoundFacts {
  readonly startedAt: number;
  readonly instances: Observation['instances'];
  readonly gatewayStart: string | null;
  readonly tripped: readonly string[];
  readonly renewedAt: number | null;
}

/**
 * Whether trading is live as far as can be told. A stack that cannot be read is what was last granted for it: a restart
 * neither ends a grant nor hides a breach, and there is no permit meanwhile.
 */
export function modeOf({ posture }: Pick<PostureSighting, 'posture'>, { chain }: LedgerSight): Observation['mode'] {
  if (posture) return posture.tradingMode;
  return chain?.unendedGrant ? 'live' : 'paper';
}

/** A round's look in the protocol's words. Pure. */
export function describeObservation(
  sighting: Pick<PostureSighting, 'posture'>,
  ledger: LedgerSight,
  facts: RoundFacts,
): Observation {
  const { posture } = sighting;
  const granted = ledger.chain?.unendedGrant?.body;
  return {
    ...facts,
    mode: modeOf(sighting, ledger),
    posture: posture ? digestPosture(posture) : (granted?.digest ?? noPosture),
    limits: limitsOf(posture),
    // What cannot be read is not permitted, whatever was granted.
    instances: posture ? facts.instances : [],
    ledger: ledger.read,
  };
}

/**
 * Has the platform bring the evidence up to date. What cannot be fetched is not there, which is no reason against a fall.
 * @returns why it could not be fetched
 */
export async function fetchEvidence(
  operations: Pick<Operations, 'fetchEvidence'>,
  folder: string,
): Promise<string | undefined> {
  try {
    await operations.fetchEvidence(folder);
    return undefined;
  } catch (error) {
    return `the evidence cannot be fetched: ${messageOf(error)}`;
  }
}

/** How the ledger lacks what its gateway has seen of it, by the code of that; undefined where it does not. */
export function describeLack({ chain }: LedgerSight, seen: ChainHead | undefined): string | undefined {
  if (!chain || !seen) return undefined;
  try {
    chain.requireContains(seen);
    return undefined;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return `ledger ${error.code}: ${error.message}`;
  }
}

function limitsOf(posture: Posture | null): Observation['limits'] {
  if (!posture) return { maxOrderUsd: 0, maxPositionUsd: 0, maxOrdersPerMinute: 0, symbols: [] };
  const { maxDrawdown: _, ...limits } = posture.risk;
  return { ...limits, symbols: posture.symbols };
}
