import { type Grounds, isInitialised, readGrounds } from '../../ledger/grounds';
import { type Decision, decide } from '../../posture/decide';
import type { Posture } from '../../posture/posture';
import { splitTransition } from '../../posture/transition';

/** The live posture that was allowed in this run, if any: every live workload of the run must carry out exactly it. */
let allowed: Posture | null = null;

/** What a `Posture` resource tells of itself. */
export interface DeclaredPosture {
  readonly posture: Posture;
  /** What the engine's state says was deployed before. */
  readonly previous?: Posture;
  readonly guardianData: string;
  readonly evidence: string;
}

/**
 * What a posture that a run declares is judged by: the ledger and the evidence that lie beside it. The posture before is
 * the standing grant's, else paper. What the engine's state says was before proves nothing; only where ledger or trust
 * root were made and cannot be read does it inform, so that a fall under live passes even then. The guardian believes
 * neither.
 * @param now wall time, milliseconds since the epoch
 * @throws TypeError when the declaration is not one
 */
export function readDeclaredGrounds(declared: DeclaredPosture, now: number): Grounds {
  const { posture, previous } = declared;
  const grounds = readGrounds(declared, now);
  const isBlind = !grounds.ledger.readable && isInitialised(declared);
  const isFall = isBlind && previous !== undefined && splitTransition(previous, posture).rises.length === 0;
  return { ...grounds, from: isFall ? previous : grounds.from };
}

/** Decides on a posture that a run declares. @throws TypeError when the declaration is not one */
export function judgeDeclared(declared: DeclaredPosture, now: number): Decision {
  const { posture } = declared;
  const decision = decide({ ...readDeclaredGrounds(declared, now), to: posture });
  allowed = decision.verdict === 'allow' ? posture : null;
  return decision;
}

/** The live posture that this run may carry out; null while none was allowed. */
export function allowedPosture(): Posture | null {
  return allowed;
}
