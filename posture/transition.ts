import { digestOf } from './digest';
import type { Posture, WorkloadName } from './posture';

/**
 * A dimension of risk in which two postures differ. What changed decides which gate it has to pass.
 * `opaque` is everything whose values can only be told apart.
 */
export type Dimension =
  | 'mode'
  | 'account'
  | 'agent'
  | 'agent-code'
  | 'symbols'
  | 'limit'
  | 'threshold'
  | 'model'
  | 'market'
  | 'code'
  | 'opaque'
  | 'stack';

/** One difference between two postures. `what` names it for people and machines, such as `risk.maxOrderUsd`. */
export interface Change {
  readonly dimension: Dimension;
  readonly what: string;
  readonly from: unknown;
  readonly to: unknown;
  /** Only for `code`: the workload whose code it is. */
  readonly workload?: WorkloadName;
}

/** A transition, split. What is in neither list is the same on both sides. */
export interface Transition {
  readonly rises: readonly Change[];
  readonly falls: readonly Change[];
}

/**
 * Splits the way from one posture to another into rises and falls of risk.
 *
 * The risk order is partial: **every paper posture is below every live one**, so a transition to paper has no rises at
 * all, and one from paper (or from nothing) to live is a rise whatever else it lowers. Under live, dimension by
 * dimension: fewer agents are below more, smaller limits below larger, a *higher* threshold below a lower one, the
 * simulated venue below any other; another model, code or opaque value is incomparable, which counts as a rise.
 * @param from the posture before, or null where there was none
 */
export function splitTransition(from: Posture | null, to: Posture): Transition {
  // Whatever is not plainly paper is not taken for it.
  if (to.tradingMode === 'paper') {
    const fall: Change = {
      dimension: 'mode',
      what: 'tradingMode',
      from: from?.tradingMode ?? null,
      to: to.tradingMode,
    };
    return { rises: [], falls: from?.tradingMode === 'live' ? [fall] : [] };
  }
  if (from?.tradingMode !== 'live' || to.tradingMode !== 'live') {
    return {
      rises: [{ dimension: 'mode', what: 'tradingMode', from: from?.tradingMode ?? null, to: to.tradingMode }],
      falls: [],
    };
  }
  const rises: Change[] = [];
  const falls: Change[] = [];
  const add = (change: Change, isFall: boolean) => void (isFall ? falls : rises).push(change);
  for (const [change, isFall] of compareLive(from, to)) add(change, isFall);
  return { rises, falls };
}

function* compareLive(from: Posture, to: Posture): Generator<[Change, isFall: boolean]> {
  if (from.stack !== to.stack) yield [change('stack', 'stack', from.stack, to.stack), false];
  if (differ(from.account, to.account)) {
    const isFall = to.account.venue === 'simulated' && from.account.venue !== 'simulated';
    yield [change('account', 'account', from.account, to.account), isFall];
  }
  yield* compareAgents(from, to);
  if (differ(from.symbols, to.symbols)) {
    const isFall = to.symbols.every((symbol) => from.symbols.includes(symbol));
    yield [change('symbols', 'symbols', from.symbols, to.symbols), isFall];
  }
  for (const key of keysOf(from.risk, to.risk)) {
    if (differ(from.risk[key], to.risk[key])) {
      yield [change('limit', `risk.${key}`, from.risk[key], to.risk[key]), to.risk[key] < from.risk[key]];
    }
  }
  if (differ(from.confidenceThreshold, to.confidenceThreshold)) {
    const isFall = to.confidenceThreshold > from.confidenceThreshold;
    yield [change('threshold', 'confidenceThreshold', from.confidenceThreshold, to.confidenceThreshold), isFall];
  }
  if (differ(from.model, to.model)) yield [change('model', 'model', from.model, to.model), false];
  if (differ(from.market, to.market)) yield [change('market', 'market', from.market, to.market), false];
  for (const workload of keysOf(from.workloads, to.workloads, from.settings, to.settings)) {
    if (differ(from.workloads[workload], to.workloads[workload])) {
      const code = change('code', `workloads.${workload}`, from.workloads[workload], to.workloads[workload]);
      yield [{ ...code, workload }, false];
    }
    if (differ(from.settings[workload], to.settings[workload])) {
      yield [change('opaque', `settings.${workload}`, from.settings[workload], to.settings[workload]), false];
    }
  }
  // What another version has put into a posture cannot be compared here.
  for (const key of keysOf(from, to)) {
    if (!compared.has(key) && differ(from[key], to[key])) yield [change('opaque', key, from[key], to[key]), false];
  }
}

/** The fields of a posture that are compared each in its own way. */
const compared: ReadonlySet<string> = new Set<keyof Posture>([
  'stack',
  'tradingMode',
  'account',
  'agents',
  'symbols',
  'risk',
  'confidenceThreshold',
  'model',
  'market',
  'workloads',
  'settings',
]);

/** Every key that any of some objects has: a limit or a workload that is gone is a difference too. */
function keysOf<Shape extends object>(...objects: readonly Shape[]): (keyof Shape & string)[] {
  return [...new Set(objects.flatMap((one) => Object.keys(one)))] as (keyof Shape & string)[];
}

function* compareAgents(from: Posture, to: Posture): Generator<[Change, isFall: boolean]> {
  const names = new Set([...from.agents, ...to.agents].map(({ name }) => name));
  for (const name of [...names].sort()) {
    const [before, after] = [from, to].map(({ agents }) => agents.filter((agent) => agent.name === name));
    if (!differ(before, after)) continue;
    const what = `agents.${name}`;
    // The same name twice is two agents: only a list that shrinks to nothing is plainly less.
    if (after!.length === 0) yield [change('agent', what, before, null), true];
    else if (before!.length === 0) yield [change('agent', what, null, after), false];
    else yield [change('agent-code', what, before, after), false];
  }
}

const change = (dimension: Dimension, what: string, from: unknown, to: unknown): Change => ({
  dimension,
  what,
  from,
  to,
});

function differ(one: unknown, other: unknown): boolean {
  if (one === other) return false;
  // What one side lacks is different from whatever the other has.
  if (one === undefined || other === undefined) return true;
  try {
    return digestOf(one) !== digestOf(other);
  } catch {
    return true; // no JSON, so nothing that could be the same
  }
}
