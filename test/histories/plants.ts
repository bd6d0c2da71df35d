import { rmSync } from 'node:fs';
import path from 'node:path';
import { readEvidence } from '../../evidence/store';
import { type DecisionInput, decide } from '../../posture/decide';
import type { LedgerView, TrustRoot } from '../../posture/proof';
import { decisionPlants as simulated, withoutCode } from '../../simulate/decision-plants';
import { returnPlants } from '../../simulate/return-plants';
import { type Parts, soundParts } from './system/system';

type Decide = typeof decide;
type Readable = LedgerView & { readable: true };

/** A decision that is handed something else than what was read. */
const handed =
  (change: (input: DecisionInput) => Partial<DecisionInput>): Decide =>
  (input) =>
    decide({ ...input, ...change(input) });

const withTerms = (change: (root: TrustRoot) => Partial<TrustRoot>): Decide =>
  handed(({ trustRoot }) => (trustRoot ? { trustRoot: { ...trustRoot, ...change(trustRoot) } } : {}));

const withLedger = (change: (ledger: Readable, now: number) => Partial<Readable>): Decide =>
  handed(({ ledger, now }) => (ledger.readable ? { ledger: { ...ledger, ...change(ledger, now) } } : {}));

const freshFor = (more: number): Decide =>
  withTerms(({ freshSeconds }) => ({
    freshSeconds: Object.fromEntries(
      Object.entries(freshSeconds).map(([kind, seconds]) => [kind, seconds + more]),
    ) as TrustRoot['freshSeconds'],
  }));

/** Decisions with one fault each: those of the simulation, and some that only real times and files show. */
export const decisionPlants: Readonly<Record<string, Decide>> = {
  ...Object.fromEntries(Object.entries(simulated).map(([name, plant]) => [name, plant.decide])),
  ...Object.fromEntries(
    Object.entries(returnPlants).flatMap(([name, plant]) => ('decide' in plant ? [[name, plant.decide]] : [])),
  ),
  'return-though-unsure': handed(() => ({ rejected: [] })),
  'fresh-a-second-longer': freshFor(1),
  'fresh-a-second-shorter': freshFor(-1),
  'sampled-a-second-less': withTerms(({ sampleSeconds: { watch, soak } }) => ({
    sampleSeconds: { watch: watch - 1, soak: soak - 1 },
  })),
  'cap-a-step-higher': withTerms(({ caps }) => ({ caps: { ...caps, maxOrderUsd: caps.maxOrderUsd + 50 } })),
  'clock-a-second-further-back': withLedger(({ newestTime }) => ({ newestTime: newestTime - 1_000 })),
  'time-steps-back': withLedger(({ newestTime }, now) => ({ newestTime: Math.min(newestTime, now) })),
  'last-halt-forgotten': withLedger(({ openHalts }) => ({ openHalts: openHalts.slice(0, -1) })),
  'approved-on-any-head': handed(({ ledger, evidence }) => ({
    evidence: evidence.map((one) =>
      one.approves && ledger.readable ? { ...one, approves: { ...one.approves, ledgerHead: ledger.head } } : one,
    ),
  })),
  'fails-forgotten': handed(({ evidence }) => ({ evidence: evidence.filter(({ passed }) => passed) })),
  'any-stack': withoutCode('other_stack').decide,
  'any-account': withoutCode('other_account').decide,
  'any-feed': withoutCode('simulated_feed').decide,
  'any-clock': withoutCode('scaled_clock').decide,
  'any-training': withoutCode('trained_on').decide,
  'any-margin': withoutCode('wide_margin').decide,
  'fall-needs-trust-root': (input) => {
    const decision = decide(input);
    return input.trustRoot || decision.rises.length > 0 ? decision : { ...decision, verdict: 'refuse' };
  },
};

/** Faults of what is around the decision: each is run with histories of its own. */
export const partPlants: Readonly<Record<string, Partial<Parts>>> = {
  'any-role-signs': {
    readGrounds: (place, now) => {
      const grounds = soundParts.readGrounds(place, now);
      const { trustRoot } = grounds;
      if (!trustRoot) return grounds;
      const keys = Object.assign({}, ...Object.values(trustRoot.roles).map((role) => role.keys));
      const role = { keys, threshold: 1 };
      const lax = { ...trustRoot, roles: { guardian: role, measure: role, approver: role } };
      return { ...grounds, ...readEvidence(place.evidence, lax) };
    },
  },
  'head-not-compared': { describeLack: () => undefined },
  'decision-rewrites': {
    readGrounds: (place, now) => {
      const grounds = soundParts.readGrounds(place, now);
      for (const { name } of grounds.rejected.slice(0, 1)) rmSync(path.join(place.evidence, name));
      return grounds;
    },
  },
  'decision-throws': {
    decide: (input) => {
      if (input.trustProblem) throw new Error(input.trustProblem.message);
      return decide(input);
    },
  },
};

export const partsWith = (name: string): Parts => ({ ...soundParts, ...partPlants[name] });
