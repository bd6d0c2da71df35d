import { faults, quiet } from './faults';
import { findPlant } from './plants';
import { returns } from './returns';
import { World } from './world';

export interface HistoryResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly faults: readonly string[];
  readonly sent: number;
  readonly executed: number;
  readonly refusedByCode: Readonly<Record<string, number>>;
  readonly notIssuedByCode: Readonly<Record<string, number>>;
  readonly decidedByCode: Readonly<Record<string, number>>;
  readonly boundMs: { readonly reachable: number; readonly unreachable: number };
}

/** What may befall any of them; returns have seeds of their own. */
const names = Object.keys(faults).filter((name) => !(name in returns));
/** Which seeds, of each eight, go live first, and which rise from there, by a proof that does not count. */
const flawedFirst = 4;
const flawedThen = 6;
/** And which go back from there. */
const returning = 2;
const startMs = 2_000;
const endMs = 75_000;

/**
 * One history from one seed: a system that goes live with proof, and what then befalls it. One seed in eight has no
 * fault at all, and there orders must be executed; two in eight meet a flawed proof, and one in eight returns.
 */
export function runHistory(
  seed: number,
  plantName: string | null = null,
  log: ((line: string) => void) | null = null,
): HistoryResult {
  const world = new World(seed, findPlant(plantName), log);
  const { random, schedule, witness } = world;
  const injected: string[] = [];
  if (seed % 8 === flawedFirst) {
    schedule.at(startMs, () => world.operator.changeWithFlaw());
    schedule.at(startMs + 8_000, () => world.operator.change());
  } else schedule.at(startMs, () => world.operator.change());
  if (seed % 8 === flawedThen) schedule.at(startMs + 10_000, () => world.operator.changeWithFlaw());
  if (seed % 8 === returning) {
    const kind = random.pick(Object.keys(returns));
    schedule.at(startMs + 9_000, () => {
      injected.push(kind);
      world.trace(`fault: ${kind}`);
      returns[kind]!(world);
    });
  }
  if (seed % 8 !== 0) {
    const kinds = Array.from({ length: random.whole(1, 4) }, () => random.pick(names));
    for (let count = random.whole(1, 8); count > 0; count--) {
      const kind = random.pick(kinds);
      schedule.at(random.between(startMs, endMs - 20_000), () => {
        injected.push(kind);
        world.trace(`fault: ${kind}`);
        faults[kind]!(world);
      });
    }
  }
  schedule.runUntil(endMs);
  schedule.runUntil(endMs + world.sleptMs);
  witness.judgeHalts();
  if (injected.every((kind) => quiet.includes(kind))) witness.judgeTrips();
  const executed = witness.executions.length;
  if (seed % 8 === 0 && executed === 0)
    witness.violations.push('nothing: no order was executed though nothing went wrong');
  return {
    seed,
    violations: witness.violations,
    faults: injected,
    sent: witness.sentCount,
    executed,
    refusedByCode: witness.refusedByCode,
    notIssuedByCode: witness.notIssuedByCode,
    decidedByCode: witness.decidedByCode,
    boundMs: witness.boundMs,
  };
}
