import fc from 'fast-check';
import { LedgerError } from '../../../ledger/errors';
import { isWritable, look, tell } from '../model/state';
import { type HistoryCommand, Step } from './step';

/** Latched at the gateway at once; the ledger is told as soon as it can be. */
export const halt = fc.constant<HistoryCommand>(
  new Step('halt', {}, (state, system) => {
    state.latched += 1;
    system.halt();
  }),
);

/** An approver closes what is open. Nobody else can, nor what is no halt. */
export const close = fc
  .record({
    by: fc.constantFrom('approver', 'approver', 'approver', 'guardian', 'measure'),
    unknown: fc.constantFrom(false, false, false, true),
  })
  .map(
    ({ by, unknown }): HistoryCommand =>
      new Step(
        'close',
        { by, unknown },
        (state, system) => {
          const { halts } = look(state)!;
          const isGood = by === 'approver' && !unknown;
          try {
            system.close(state.now, by, unknown);
          } catch (error) {
            if (isGood || !(error instanceof LedgerError)) throw error;
            system.count(`close ${error.code}`);
            return;
          }
          if (!isGood) throw new Error(`a ${by} closed ${unknown ? 'what was no halt' : 'a halt'}`);
          tell(state, { kind: 'incident', closes: halts });
        },
        (state) => isWritable(state) && look(state)!.halts.length > 0,
      ),
  );
