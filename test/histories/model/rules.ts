import { defaultsFor } from '../../../evidence/trust-root';
import type { EvidenceKind } from '../../../posture/proof';
import type { Point } from './point';

// The rules of docs/protocol.md and of the README, written down on points; nothing here asks the code that is judged.

export type Needs = readonly EvidenceKind[];

export const fullSet: Needs = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
const anotherAgent: Needs = ['preflight', 'watch', 'soak', 'approval'];
const anotherStrategy: Needs = ['preflight', 'canary', 'approval'];
const anotherGuard: Needs = ['preflight', 'drill', 'approval'];
const looser: Needs = ['soak', 'approval'];

/** The largest limit, by its number, with which a posture may go live from paper; and how many agents. */
export const capOfLimit = 2;
export const firstAgents = 1;

/** What the trust root says: how old each kind may be and how long each must have sampled, seconds; the widest margin. */
export const { freshSeconds, sampleSeconds, canaryMargin: widestMargin } = defaultsFor('simulated');
/** Clocks may disagree by this much, and a grant stands this long without a renewal. Milliseconds. */
export const toleranceMs = 60_000;
export const standsForMs = 3_600_000;

/** How long after a grant a return from it is possible, milliseconds. */
export const returnWindowMs = 86_400_000;

/** What each rise on the way from one posture to another must be proved by; empty where there is no rise. */
export function risesOf(from: Point | null, to: Point): readonly Needs[] {
  if (!to.live) return [];
  if (!from?.live) return [fullSet];
  const more = Array.from({ length: Math.max(0, to.agents - from.agents) }, () => anotherAgent);
  const others: [boolean, Needs][] = [
    [to.limit > from.limit, looser],
    [to.threshold > from.threshold, looser],
    [to.model !== from.model, anotherStrategy],
    [to.backend !== from.backend, anotherStrategy],
    [to.gateway !== from.gateway, anotherGuard],
    [to.settings !== from.settings, fullSet],
  ];
  return [...more, ...others.filter(([rises]) => rises).map(([, needs]) => needs)];
}

/** Every kind that the way from one posture to another must be proved by, each once. */
export function needsOf(from: Point | null, to: Point): Needs {
  return [...new Set(risesOf(from, to).flat())];
}
