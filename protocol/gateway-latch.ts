import type { GatewayEffect } from './gateway-events';
import type { GatewayState } from './gateway-state';
import { bytesOf, type SignedClose, type Verifier } from './messages';

/** Latches a halt, in memory at once: whoever asked is answered when it is on disk. Needs no signature. */
export function latchHalt(state: GatewayState, request: string, id: string): GatewayState {
  const halts = state.halts.includes(id) ? state.halts : [...state.halts, id];
  // What is on disk may be unknown, and the list may be too: written again, so that the answer is true.
  const haltsOnDisk = state.haltsOnDisk.filter((known) => known !== id);
  return { ...state, halts, haltsOnDisk, haltRequests: [...state.haltRequests, { request, id }] };
}

/** Opens the latch for the halts that an approver has closed; others that were latched since stay. */
export function openLatch(state: GatewayState, { close, signature }: SignedClose, verifier: Verifier): GatewayState {
  const { account, stack, genesis } = state.pins;
  const ours =
    close.account.venue === account.venue &&
    close.account.id === account.id &&
    close.stack === stack &&
    close.genesis === genesis;
  if (!ours || !verifier.approver(bytesOf('close', close), signature)) return state;
  return { ...state, halts: state.halts.filter((id) => !close.halts.includes(id)) };
}

/** Asks for the halts to be written while the disk is not known to hold them, one write at a time. */
export function writeHalts(state: GatewayState): {
  readonly state: GatewayState;
  readonly effects: readonly GatewayEffect[];
} {
  const { halts, haltsOnDisk, nextWrite: write } = state;
  const same = halts.length === haltsOnDisk.length && halts.every((id) => haltsOnDisk.includes(id));
  if (same || state.haltWrite) return { state, effects: [] };
  return {
    state: { ...state, haltWrite: { write, halts }, nextWrite: write + 1 },
    effects: [{ kind: 'persistHalts', write, halts }],
  };
}
