import type { World } from './world';

/** How long a change takes to be granted where nothing goes wrong, milliseconds. */
const grantedMs = 6_500;

type Step = (world: World) => void;
const model: Step = ({ operator }) => operator.changeModel();
const back: Step = ({ operator }) => operator.goBack();
const halt: Step = (world) => world.halt();
const close: Step = (world) => world.close();

/** What operators do who return, each step when the one before may have been granted. */
const stories = {
  returns: [model, back],
  returnsTwice: [model, back, ({ operator }) => operator.goForthAgain(), back],
  returnsFromReturn: [model, back, back],
  returnsLate: [model, () => {}, () => {}, back],
  returnsFall: [({ operator }) => operator.fall(), back],
  returnsTooFar: [
    model,
    model,
    ({ operator, ledger }) => {
      const grants = ledger.entries.flatMap(({ entry }) => (entry.kind === 'grant' ? entry.body.posture : []));
      const first = grants.at(-3);
      if (first) operator.ask(first);
    },
  ],
  returnsAfterFail: [
    model,
    (world) => {
      world.operator.failFormer();
      back(world);
    },
  ],
  returnsUnderHalt: [
    model,
    (world) => {
      halt(world);
      world.schedule.after(world.random.between(0, 3_000), () => back(world));
    },
  ],
  returnsAfterHalt: [model, halt, close, back],
} as const satisfies Readonly<Record<string, readonly Step[]>>;

/** The stories as what may befall a system that is live. */
export const returns: Readonly<Record<string, (world: World) => void>> = Object.fromEntries(
  Object.entries(stories).map(([name, steps]) => [name, (world: World) => tell(world, steps)]),
);

function tell(world: World, steps: readonly Step[]): void {
  steps.forEach((step, index) => {
    world.schedule.after(index * grantedMs + world.random.between(0, 500), () => step(world));
  });
}
