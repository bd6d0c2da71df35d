import type { EvidenceKind } from '../posture/proof';
import type { Condition, State } from './conditions';
import type { Point } from './domain';

/**
 * What the rules say of a case, written down a second time, on points instead of postures, and sharing no code with the
 * decision that it is held against. Source: the rules of docs/protocol.md and of the README.
 */
export interface Expected {
  readonly allowed: boolean;
  /** Every reason, as `kind code` or `ground code`, sorted. */
  readonly reasons: readonly string[];
}

const full = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
const none: Expected = { allowed: true, reasons: [] };

/** The proofs of each rise of a transition; no rise, no entry. */
export function risesOf(from: Point, to: Point): readonly (readonly string[])[] {
  if (to.mode === 0) return [];
  if (from.mode === 0) return [full];
  const rises: string[][] = [];
  if (to.venue !== from.venue && to.venue !== 0) rises.push(full);
  for (const agent of [1, 2]) {
    if (to.agents & agent & ~from.agents) rises.push(['preflight', 'watch', 'soak', 'approval']);
  }
  if (to.limit > from.limit) rises.push(['soak', 'approval']);
  if (to.threshold < from.threshold) rises.push(['soak', 'approval']);
  if (to.model !== from.model) rises.push(['preflight', 'canary', 'approval']);
  if (to.image !== from.image) rises.push(['preflight', 'canary', 'approval']);
  if (to.gates !== from.gates) rises.push(full);
  return rises;
}

/** What stands against a rise that no evidence could remove. */
function groundsOf(from: Point, to: Point, rises: number): string[] {
  if (from.mode === 1) {
    return [
      ...(rises > 1 ? ['ground more_than_one_rise'] : []),
      ...(to.venue !== from.venue && to.venue !== 0 ? ['ground account_only_from_paper'] : []),
    ];
  }
  return [...(to.agents === 3 ? ['ground too_many_agents'] : []), ...(to.limit === 1 ? ['ground over_cap'] : [])];
}

const codeOf: Readonly<Record<Exclude<State, 'good'>, string>> = {
  absent: 'missing',
  stale: 'expired',
  foreign: 'other_target',
  consumed: 'already_used',
  overlapping: 'before_watch',
};

/** The transition of a pair of points, judged under every condition. */
export function expectedOf(from: Point, to: Point): (condition: Condition) => Expected {
  const rises = risesOf(from, to);
  if (rises.length === 0) return () => none;
  const needed = new Set(rises.flat());
  const grounds = groundsOf(from, to, rises.length);
  return ({ flawed, state, halted }) => {
    const isNeeded = flawed !== null && needed.has(flawed) && (state !== 'overlapping' || needed.has('watch'));
    const proof = isNeeded && state !== 'good' ? [against(flawed, state)] : [];
    const reasons = [...grounds, ...(halted ? ['ground halt_open'] : []), ...proof].sort();
    return { allowed: reasons.length === 0, reasons };
  };
}

function against(kind: EvidenceKind, state: Exclude<State, 'good'>): string {
  return `${kind} ${kind === 'approval' && state === 'foreign' ? 'other_transition' : codeOf[state]}`;
}
