import type { Step } from './gateway-machine';
import type { GuardianEffect, GuardianState } from './guardian-state';
import type { LedgerBody, ReadableLedger } from './ledger-port';

export type GuardianStep = Step<GuardianState, GuardianEffect>;

/** Asks for one entry, to be appended only where the ledger's head is still the one that was read. */
export function append(state: GuardianState, body: LedgerBody, { at }: Pick<ReadableLedger, 'at'>): GuardianStep {
  const write = state.nextWrite;
  return {
    state: { ...state, appending: { write, body }, nextWrite: write + 1 },
    effects: [{ kind: 'append', write, body, expected: at }],
  };
}
