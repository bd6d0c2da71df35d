import type { GuardianEffect, GuardianState } from './guardian-state';
import type { LedgerBody, ReadableLedger } from './ledger-port';

/** What a step leads to; the effects are to be carried out in order. */
export interface GuardianStep {
  readonly state: GuardianState;
  readonly effects: readonly GuardianEffect[];
}

/** Asks for one entry, to be appended only where the ledger's head is still the one that was read. */
export function append(state: GuardianState, body: LedgerBody, { at }: Pick<ReadableLedger, 'at'>): GuardianStep {
  const write = state.nextWrite;
  return {
    state: { ...state, appending: { write, body }, nextWrite: write + 1 },
    effects: [{ kind: 'append', write, body, expected: at }],
  };
}
