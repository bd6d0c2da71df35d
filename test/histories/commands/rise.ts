import fc from 'fast-check';
import type { Point } from '../model/point';
import { capOfLimit, firstAgents } from '../model/rules';
import { look, type State } from '../model/state';
import { ask } from './ask';
import { type ChangeName, changes, type Proving, prove } from './prove';
import { type HistoryCommand, pass, Step } from './step';
import { type Tampering, tamperings, tamperWith } from './tamper';

/** How a rise is asked for: what is proved, what comes between the proof and the question, what else is changed. */
interface Rise {
  readonly proving: Proving;
  /** Seconds between proof and question. */
  readonly wait: number;
  readonly tampering: Tampering | null;
  /** A second rise at once. */
  readonly second: keyof typeof rises | null;
  /** Which of several targets. */
  readonly which: number;
}

const others = (of: number, which: number) => (of + 1 + (which % 2)) % 3;

/** What each rise makes of a live posture. */
const rises = {
  agent: (of) => ({ ...of, agents: of.agents + 1 }),
  limit: (of) => ({ ...of, limit: of.limit + 1 }),
  threshold: (of) => ({ ...of, threshold: of.threshold + 1 }),
  model: (of, which) => ({ ...of, model: others(of.model, which) }),
  backend: (of, which) => ({ ...of, backend: others(of.backend, which) }),
  gateway: (of, which) => ({ ...of, gateway: others(of.gateway, which) }),
  settings: (of, which) => ({ ...of, settings: others(of.settings, which) }),
} as const satisfies Record<string, (of: Point, which: number) => Point>;

const flawless: Proving = { made: 'all', on: 0, missing: false, change: null, failedLater: null };
const on = fc.nat({ max: 9 });
const changed = fc
  .record({ at: on, change: fc.constantFrom(...(Object.keys(changes) as ChangeName[])) })
  .map(({ at, change }): Proving => ({ ...flawless, on: at, change }));
const failed = fc
  .record({ at: on, later: fc.constantFrom(-1, 0, 1) })
  .map(({ at, later }): Proving => ({ ...flawless, on: at, failedLater: later }));
const missing = on.map((at): Proving => ({ ...flawless, on: at, missing: true }));
const unmade = fc.constantFrom('approval' as const, 'nothing' as const).map((made): Proving => ({ ...flawless, made }));
const provings = fc.oneof(
  { arbitrary: fc.constant(flawless), weight: 6 },
  { arbitrary: changed, weight: 5 },
  ...[failed, missing, unmade].map((arbitrary) => ({ arbitrary, weight: 1 })),
);

/** Mostly nothing. */
const seldom = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.oneof({ arbitrary: fc.constant(null), weight: 7 }, { arbitrary, weight: 1 });

const riseOf = {
  proving: provings,
  wait: fc.constantFrom(0, 0, 0, 0, 0, 0, 60, 599, 600, 1800, 1801, 3600),
  tampering: seldom(tamperings),
  second: seldom(fc.constantFrom(...(Object.keys(rises) as (keyof typeof rises)[]))),
  which: fc.nat({ max: 5 }),
};

/** Proves a rise of the live posture that stands, and asks for it. */
function riseStep(name: string, kind: keyof typeof rises, rise: Rise): HistoryCommand {
  return new Step(
    name,
    { kind, ...rise },
    (state, system) => {
      const raised = rises[kind](look(state)!.standing!.point, rise.which);
      run(state, system, rise.second ? rises[rise.second](raised, rise.which) : raised, rise);
    },
    (state) => look(state)?.standing != null,
  );
}

const riseCommand = (name: string, kinds: readonly (keyof typeof rises)[]): fc.Arbitrary<HistoryCommand> =>
  fc.record(riseOf).map((rise) => riseStep(name, kinds[rise.which % kinds.length]!, rise));

/**
 * A rise that is proved, but for what may be different with one proof.
 * @param options.wait seconds until it is asked for
 */
export function provedRise(
  kind: keyof typeof rises,
  change: ChangeName | null = null,
  { wait = 1, which = 0 } = {},
): HistoryCommand {
  return riseStep(kind, kind, { proving: { ...flawless, change }, wait, tampering: null, second: null, which });
}

function run(state: State, system: Parameters<typeof ask>[1], to: Point, { proving, wait, tampering }: Rise): void {
  prove(state, system, to, proving);
  pass(state, system, wait, true);
  if (tampering) tamperWith(state, system, tampering);
  ask(state, system, to);
}

/** What is asked to go live: what was asked for last, or that with one agent and with a limit that may be too high. */
const shapes = {
  asItWas: (wanted) => wanted,
  small: (wanted) => ({ ...wanted, agents: firstAgents, limit: Math.min(wanted.limit, capOfLimit) }),
  large: (wanted) => ({ ...wanted, agents: firstAgents, limit: capOfLimit + 1 }),
} as const satisfies Record<string, (wanted: Point) => Point>;

/** From paper, or where nothing is known to stand, to live. */
export const promote = fc
  .record({
    ...riseOf,
    second: fc.constant(null),
    shape: fc.constantFrom<keyof typeof shapes>('asItWas', 'small', 'small', 'small', 'large'),
  })
  .map(
    ({ shape, ...rise }): HistoryCommand =>
      new Step(
        'promote',
        { shape, ...rise },
        (state, system) => run(state, system, { ...shapes[shape](state.wanted), live: true }, rise),
        (state) => look(state)?.standing == null,
      ),
  );

/** With every proof, as a history may begin. */
export const goLive: HistoryCommand = new Step('go live', {}, (state, system) => {
  const to = { ...state.wanted, live: true };
  prove(state, system, to, flawless);
  ask(state, system, to);
});

export const expand = riseCommand('expand', ['agent']);
export const rotate = riseCommand('rotate', ['model', 'backend', 'gateway', 'settings']);
export const loosen = riseCommand('loosen', ['limit', 'threshold']);

/** What was asked for last is asked for again; what is there already may be approved once more. */
export const askAgain = (approved: boolean): HistoryCommand =>
  new Step('again', { approved }, (state, system) => {
    const { wanted } = state;
    prove(state, system, wanted, { ...flawless, made: approved ? 'approval' : 'nothing' });
    ask(state, system, wanted);
  });
export const again = fc.boolean().map(askAgain);
