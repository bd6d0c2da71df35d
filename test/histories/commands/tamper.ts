import fc from 'fast-check';
import type { State } from '../model/state';
import type { System } from '../system/system';
import { evidenceTampers } from '../tamper/evidence';
import { ledgerTampers } from '../tamper/ledger';
import type { Pick } from '../tamper/tamper';
import { trustTampers } from '../tamper/trust';
import { type HistoryCommand, Step } from './step';

const tampers = { ...evidenceTampers, ...ledgerTampers, ...trustTampers };
export type TamperName = keyof typeof tampers;
export const tamperNames = Object.keys(tampers) as TamperName[];

/** What is altered, and which of what there is. */
export interface Tampering extends Pick {
  readonly what: TamperName;
}

const picks = { one: fc.nat({ max: 9_999 }), other: fc.nat({ max: 9_999 }) };
const namesOf = (group: object) => fc.constantFrom(...(Object.keys(group) as TamperName[]));

/** Evidence is altered more often than what makes every later rise impossible until it is put back. */
export const tamperings: fc.Arbitrary<Tampering> = fc.record({
  what: fc.oneof(
    { arbitrary: namesOf(evidenceTampers), weight: 4 },
    { arbitrary: namesOf(ledgerTampers), weight: 2 },
    { arbitrary: namesOf(trustTampers), weight: 1 },
  ),
  ...picks,
});

export function tamperWith(state: State, system: System, { what, ...pick }: Tampering): void {
  system.count(`tamper ${what}`);
  tampers[what](state, system, pick);
}

export const tamperStep = (choices: Tampering): HistoryCommand =>
  new Step('tamper', choices, (state, system) => tamperWith(state, system, choices));
export const tamper = tamperings.map(tamperStep);

/** Ledger and trust root are put back as they were acknowledged. */
export const repairStep: HistoryCommand = new Step(
  'repair',
  {},
  (state, system) => {
    system.repair();
    state.held = state.told.length;
    state.foreign = false;
    state.trust = 'good';
  },
  ({ held, told, trust }) => held !== told.length || trust !== 'good',
);
export const repair = fc.constant(repairStep);
