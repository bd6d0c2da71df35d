import type { Point } from './domain';
import { risesOf } from './oracle';
import type { BackCondition, BackState } from './return-conditions';

/** What the rules say of a way back under live, on points: sharing no code with the decision that it is held against. */
export interface ExpectedBack {
  readonly verdict: 'allow' | 'refuse';
  readonly isReturn: boolean;
  /** Every code against its being a return, sorted. */
  readonly against: readonly string[];
}

/** Where the posture asked for is not the one before, nobody asks whether it is a return. */
const notAsked: readonly BackState[] = ['from-paper', 'other-before'];

const codeOf: Readonly<Partial<Record<BackState, string>>> = {
  'of-return': 'return_of_return',
  'made-before': 'return_repeated',
  late: 'return_window_over',
  'fail-of-target': 'return_after_fail',
  'fail-of-measured': 'return_after_fail',
  'fail-in-paper': 'return_after_fail',
  'garbage-file': 'return_unsure',
};

/** How many things are raised again that the way there had lowered. */
function countUndoneFalls(from: Point, to: Point): number {
  const raised = [
    to.venue !== from.venue && to.venue !== 0 && from.venue === 0,
    ...[1, 2].map((agent) => (to.agents & agent & ~from.agents) > 0),
    to.limit > from.limit,
    to.threshold < from.threshold,
  ];
  return raised.filter(Boolean).length;
}

/** A transition between two live points, without a proof, judged under every condition. */
export function expectedBackOf(from: Point, to: Point): (condition: BackCondition) => ExpectedBack {
  const rises = risesOf(from, to).length;
  if (rises === 0) return () => ({ verdict: 'allow', isReturn: false, against: [] });
  const always = [
    ...(rises > 1 ? ['more_than_one_rise'] : []),
    ...(to.venue !== from.venue && to.venue !== 0 ? ['account_only_from_paper'] : []),
    ...Array.from({ length: countUndoneFalls(from, to) }, () => 'return_of_fall'),
  ];
  return ({ state, halted }) => {
    if (notAsked.includes(state)) return { verdict: 'refuse', isReturn: false, against: [] };
    const code = codeOf[state];
    const against = [...always, ...(halted ? ['halt_open'] : []), ...(code ? [code] : [])].sort();
    const isReturn = against.length === 0;
    return { verdict: isReturn ? 'allow' : 'refuse', isReturn, against };
  };
}
