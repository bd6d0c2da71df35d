import type { Change } from '../transition';
import { anotherAccount } from './another-account';
import { fullSet } from './full-set';
import type { Gate } from './gate';
import { looserBounds } from './looser-bounds';
import { newGuard } from './new-guard';
import { newStrategy } from './new-strategy';
import { oneMoreAgent } from './one-more-agent';
import { paperToLive } from './paper-to-live';

/** Every gate but the last resort. No two are for the same rise. */
export const namedGates: readonly Gate[] = [
  paperToLive,
  anotherAccount,
  oneMoreAgent,
  newStrategy,
  newGuard,
  looserBounds,
];

/** The gate that a rise has to pass: its own, else the one that takes the full set. */
export function gateOf(rise: Change): Gate {
  return namedGates.find(({ isFor }) => isFor(rise)) ?? fullSet;
}
