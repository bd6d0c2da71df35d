import type { Command } from 'fast-check';
import { isForeignPair, look, type State, settle } from '../model/state';
import type { System } from '../system/system';

export type HistoryCommand = Command<State, System>;

/** A command that is a name, what it needs, and what it does to model and system alike. */
export class Step implements HistoryCommand {
  constructor(
    private readonly name: string,
    private readonly choices: unknown,
    private readonly act: (state: State, system: System) => void,
    private readonly isPossible: (state: State) => boolean = () => true,
  ) {}

  check(state: Readonly<State>): boolean {
    return this.isPossible(state);
  }

  run(state: State, system: System): void {
    system.count(`command ${this.name}`);
    this.act(state, system);
    settleBoth(state, system);
    requireAgreement(state, system);
  }

  toString(): string {
    return `${this.name} ${JSON.stringify(this.choices)}`;
  }
}

/** Moves the clock. @param renewing whether the guardian renews the permit of what stands meanwhile */
export function pass(state: State, system: System, seconds: number, renewing: boolean): void {
  // In steps, since an hour without renewal would end what stands.
  for (let left = seconds; left > 0; left -= 1800) {
    state.now += Math.min(left, 1800) * 1000;
    if (renewing && look(state)?.standing && state.held === state.told.length) {
      system.renew(state.now);
      state.renewedAt = state.now;
    }
  }
  if (seconds < 0) state.now += seconds * 1000;
  settleBoth(state, system);
}

function settleBoth(state: State, system: System): void {
  settle(state);
  system.settle(state.now);
}

/**
 * Requires that the ledger is, entry for entry, what the model says of it, and that its loss is seen. That a foreign pair is
 * not this stack's is for the decision to say.
 */
function requireAgreement(state: State, system: System): void {
  const chain = system.open();
  const found = chain ? chain.entries.map(({ kind }) => kind).join() : 'unreadable';
  const { held, told, trust } = state;
  const own = held !== null && trust === 'good' ? told.slice(0, held).map(({ kind }) => kind) : ['unreadable'];
  const expected = isForeignPair(state) ? 'genesis' : own.join();
  if (found !== expected) throw new Error(`expected the ledger to be ${expected}, found ${found}`);
  if (chain && held !== null && (system.writable() !== undefined) !== (held === told.length)) {
    throw new Error(`the ledger has ${held} of ${told.length} entries, and that was not noticed`);
  }
}
