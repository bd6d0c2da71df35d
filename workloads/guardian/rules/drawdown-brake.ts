import { heldFor, type Rule, type RuleContext, type Sample } from './rule';

/** As many looks in a row must see it: one price that is wrong does not halt. */
const consecutive = 2;

/** The drawdown from the equity's peak is over its limit, by the gateway's record or the backend's report. */
export const drawdownBrake: Rule = {
  name: 'drawdown-brake',
  trips: (context) => {
    const { samples, limits } = context;
    if (!heldFor(samples, consecutive, (sample) => isOver(sample, context))) return null;
    const { backend, gateway } = samples.at(-1)!;
    const worst = Math.max(backend?.drawdown ?? 0, gateway?.drawdown ?? 0);
    if (!(worst > limits.maxDrawdown)) return "the backend's drawdown brake is on";
    return `the drawdown is ${percent(worst)}, at most ${percent(limits.maxDrawdown)}`;
  },
};

function isOver({ backend, gateway }: Sample, { limits }: RuleContext): boolean {
  const drawdowns = [backend?.drawdown, gateway?.drawdown].filter((drawdown) => drawdown !== undefined);
  // Written so that a number that cannot be compared is over.
  return backend?.locked === true || drawdowns.some((drawdown) => !(drawdown <= limits.maxDrawdown));
}

const percent = (fraction: number) => `${(fraction * 100).toFixed(2)} %`;
