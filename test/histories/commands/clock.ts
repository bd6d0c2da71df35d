import fc from 'fast-check';
import { freshSeconds } from '../model/rules';
import { look } from '../model/state';
import { ask } from './ask';
import { type HistoryCommand, pass, Step } from './step';

const ages = Object.values(freshSeconds).flatMap((seconds) => [seconds, seconds + 1]);

/** Time goes on until something is no longer fresh, with the guardian renewing what stands or not. */
export const expireStep = ({ seconds, renewing }: { seconds: number; renewing: boolean }): HistoryCommand =>
  new Step('expire', { seconds, renewing }, (state, system) => {
    pass(state, system, seconds, renewing);
    ask(state, system, state.wanted);
  });
export const expire = fc
  .record({ seconds: fc.constantFrom(1, 60, 3599, ...ages), renewing: fc.boolean() })
  .map(expireStep);

/** The clock is set to so many seconds after the ledger's newest entry, or by so many back. */
export function jumpStep({ after, by }: { after: number | null; by: number }): HistoryCommand {
  return new Step('jump', { after, by }, (state, system) => {
    const newest = look(state)?.newest ?? state.now;
    pass(state, system, after === null ? by : (newest - state.now) / 1000 + after, false);
    ask(state, system, state.wanted);
  });
}

export const jump = fc
  .oneof(
    fc.constantFrom(-61, -60, -59, 0).map((after) => ({ after, by: 0 })),
    fc.constantFrom(-1, -60, -3600, -86_400).map((by) => ({ after: null, by })),
  )
  .map(jumpStep);
