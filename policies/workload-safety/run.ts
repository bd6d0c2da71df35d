import { splitTransition } from '../../posture/transition';
import { type DeclaredPosture, readDeclaredGrounds } from '../live-promotion/allowed-posture';
import { asPlain, type Subject } from './unit';

export const postureType = 'cutover:index:Posture';

/** What a stack is asked to become. `settled` is live without any rise: what was granted, or less of it. */
type Asked = 'paper' | 'settled' | 'rise';

/**
 * What one run of the engine has declared so far. A stack's posture is the first of its resources, and what a workload
 * depends on is declared before it.
 */
export class Run {
  readonly #asked = new Map<string, Asked>();
  /** URNs by stack and workload: the same resource is looked at by every policy. */
  readonly #declared = new Map<string, Set<string>>();

  /** @param now wall time, milliseconds since the epoch */
  constructor(private readonly now: () => number = Date.now) {}

  /** Takes a resource down. The same one again changes nothing. */
  note(subject: Subject): void {
    if (subject.type === postureType) this.#asked.set(stackOf(subject) ?? '', this.#judge(subject));
    for (const { stack, workload } of subject.units) {
      if (workload === undefined) continue;
      const key = keyOf(stack, workload);
      this.#declared.set(key, (this.#declared.get(key) ?? new Set()).add(subject.urn));
    }
  }

  /** The resources that are a workload of a stack, in the order in which they were declared. */
  declaredAs(stack: string | undefined, workload: string): readonly string[] {
    return [...(this.#declared.get(keyOf(stack, workload)) ?? [])];
  }

  /**
   * Whether a resource has to pass every policy. **A fall is never held up**: on the way to paper, and under live where
   * nothing rises, the policies only advise. Whatever asks for live by itself is judged in full under a paper posture
   * too, and so is everything in a run that declares no posture: nothing says there that it is paper.
   */
  mustPass(subject: Subject): boolean {
    const stack = subject.units[0]?.stack ?? stackOf(subject);
    const own = stack === undefined ? undefined : this.#asked.get(stack);
    const all = own === undefined ? [...this.#asked.values()] : [own];
    const mode = modeOf(subject);
    if (all.length === 0) return mode !== 'paper';
    if (all.includes('rise')) return true;
    return all.every((asked) => asked === 'paper') && mode !== undefined && mode !== 'paper';
  }

  #judge({ props }: Subject): Asked {
    const declared = props as unknown as DeclaredPosture;
    const { tradingMode } = asPlain(props.posture);
    if (tradingMode === 'paper') return 'paper';
    // What is not plainly paper is judged as live, and a mode that nobody knows as one that was never granted.
    if (tradingMode !== 'live') return 'rise';
    try {
      const { from } = readDeclaredGrounds(declared, this.now());
      return splitTransition(from, declared.posture).rises.length === 0 ? 'settled' : 'rise';
    } catch {
      return 'rise'; // no posture that can be read, so none that is known to be no rise
    }
  }
}

/**
 * The mode that a resource asks for by itself, the one that is not `paper` first; undefined where it asks for none. What
 * comes from elsewhere is a mode that nobody knows, and so may be what a whole environment from elsewhere brings.
 */
function modeOf({ units }: Subject): string | undefined {
  const modes = units.flatMap(({ environment, hasMoreVariables, stack }) => {
    const asked = environment.filter(({ name }) => name === 'TRADING_MODE').map(({ value }) => value ?? elsewhere);
    return asked.length === 0 && hasMoreVariables && stack !== undefined ? [elsewhere] : asked;
  });
  return modes.find((mode) => mode !== 'paper') ?? modes[0];
}

const elsewhere = 'a value from elsewhere';

const keyOf = (stack: string | undefined, workload: string) => `${stack ?? ''}\0${workload}`;

/** The stack that a resource without processes and containers says it belongs to. */
function stackOf({ props }: Subject): string | undefined {
  if (typeof props.stack === 'string') return props.stack;
  const label = asPlain(asPlain(props.metadata).labels)['cutover.dev/stack'];
  return typeof label === 'string' ? label : undefined;
}
