import fc from 'fast-check';
import { inPaper, type Point } from '../model/point';
import { look } from '../model/state';
import { ask } from './ask';
import { type HistoryCommand, Step } from './step';

/** Less risk under live, in one or in several ways. */
const falls: readonly ((of: Point) => Point)[] = [
  (of) => ({ ...of, agents: Math.max(0, of.agents - 1) }),
  (of) => ({ ...of, limit: Math.max(0, of.limit - 1) }),
  (of) => ({ ...of, threshold: Math.max(0, of.threshold - 1) }),
];

export const tightenStep = (which: readonly number[]): HistoryCommand =>
  new Step(
    'tighten',
    which,
    (state, system) => {
      const { point } = look(state)!.standing!;
      ask(
        state,
        system,
        which.reduce((of, index) => falls[index]!(of), point),
      );
    },
    (state) => look(state)?.standing != null,
  );
export const tighten = fc.subarray([0, 1, 2], { minLength: 1 }).map(tightenStep);

/** To paper, whatever else changes with it, and whatever can be read. */
export const revert = fc.record({ more: fc.boolean() }).map(
  ({ more }): HistoryCommand =>
    new Step('revert', { more }, (state, system) => {
      const { wanted } = state;
      const other = { ...wanted, agents: wanted.agents + 1, model: (wanted.model + 1) % 3 };
      ask(state, system, inPaper(more ? other : wanted));
    }),
);

/**
 * To the posture that stood before the one that stands now, with nothing proved: a return where it may be one, else the
 * rise or the fall that it is.
 */
export const goBackStep: HistoryCommand = new Step(
  'return',
  {},
  (state, system) => ask(state, system, look(state)!.standing!.before!.point),
  (state) => look(state)?.standing?.before != null,
);
export const goBack = fc.constant(goBackStep);
