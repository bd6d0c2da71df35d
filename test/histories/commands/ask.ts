import type { Grounds } from '../../../ledger/grounds';
import type { Decision, decide } from '../../../posture/decide';
import { digestPosture, type Posture } from '../../../posture/posture';
import { inPaper, nameOf, type Point } from '../model/point';
import { isSame } from '../model/proof';
import { risesOf } from '../model/rules';
import { isWritable, look, type State, tell } from '../model/state';
import { type Ground, judge, type Verdict } from '../model/verdict';
import type { Answer, System } from '../system/system';

type Decide = typeof decide;

/** Asks the system for a posture, and holds its answer and what it recorded against the model. */
export function ask(state: State, system: System, to: Point): void {
  const { postureOf } = system.world;
  const expected = judge(state, to);
  const before = system.fingerprint();
  const standing = look(state)?.standing?.point ?? null;
  const isRecorded = expected.allowed && isWritable(state) && state.latched === 0;
  const answer = system.ask(to, state.now);
  const { grounds, decision } = answer;
  state.wanted = to;
  requireFrom(standing && digestPosture(postureOf(standing)), answer);
  const known = state.told.findLast((entry) => entry.kind === 'grant')?.point ?? to;
  const requireRight = (decide: Decide, decided: Decision) => {
    requireVerdict(expected, decided, to);
    requireFalls(decide, grounds, known, postureOf);
  };
  requireRight(system.decide, decision);
  system.tryPlants((decide) => requireRight(decide, decide({ ...grounds, to: postureOf(to) })));
  tally(system, decision, standing, to);
  const isGranted = isRecorded && to.live && !isSame(standing, to);
  if (isGranted !== (answer.granted !== undefined)) {
    throw new Error(`expected ${isGranted ? 'a' : 'no'} grant of ${nameOf(to)}`);
  }
  const consumed = (answer.granted ?? []).map((digest) => system.signed.get(digest)!);
  if (isGranted) {
    requireConsumed(expected, consumed);
    const isReturn = expected.isReturn ?? false;
    if (isReturn) system.count('return allowed');
    tell(state, { kind: 'grant', point: to, consumed: consumed.map(({ id }) => id), isReturn });
  } else if (isRecorded && !to.live && look(state)?.unended) tell(state, { kind: 'end' });
  else if (system.fingerprint() !== before) throw new Error('what was only read is not as it was');
}

const groundOf: Readonly<Record<string, Ground>> = {
  ledger_unreadable: 'ledger',
  halt_open: 'halt',
  clock_stepped_back: 'clock',
  more_than_one_rise: 'rises',
  too_many_agents: 'agents',
  over_cap: 'cap',
};

function requireVerdict(expected: Verdict, { verdict, reasons }: Decision, to: Point): void {
  // There is a reason for each open halt.
  const grounds = [...new Set(reasons.filter(({ proof }) => !proof).map(({ code }) => groundOf[code] ?? 'trust'))];
  const unproved = [...new Set(reasons.flatMap(({ proof }) => proof ?? []))];
  const show = (allowed: boolean, ...against: (readonly string[])[]) =>
    `${allowed ? 'allowed' : 'refused'}: ${against.map((list) => [...list].sort().join(' ')).join('; ')}`;
  const decided = show(verdict === 'allow', grounds, unproved);
  const wanted = show(expected.allowed, expected.grounds, expected.unproved);
  if (decided === wanted) return;
  const shown = reasons.map(({ code, message }) => `${code} (${message})`).join(', ');
  throw new Error(`${nameOf(to)}\n  expected ${wanted}\n  decided  ${decided}\n  ${shown}`);
}

function requireFrom(standing: string | null, { grounds }: Answer): void {
  const found = grounds.from && digestPosture(grounds.from);
  if (found !== standing) throw new Error(`expected ${standing} to stand, found ${found}`);
}

/**
 * Whatever the files hold, these grounds hold up no fall: neither to paper nor, where somebody knows what stands, to
 * less risk under live.
 * @param known what stood last, whatever the ledger says of it now
 */
function requireFalls(decide: Decide, grounds: Grounds, known: Point, postureOf: (point: Point) => Posture): void {
  for (const lower of [inPaper(known), { ...known, limit: known.limit - 1 }, { ...known, agents: 0 }]) {
    const { verdict } = decide({ ...grounds, from: postureOf(known), to: postureOf(lower) });
    if (verdict !== 'allow') throw new Error(`the fall to ${nameOf(lower)} was refused`);
  }
}

/** A grant consumes one proof of each kind that counts, and nothing else; a fall consumes none. */
function requireConsumed({ counting }: Verdict, consumed: readonly ({ id: number; kind: string } | undefined)[]): void {
  const wrong = consumed.filter((proof) => !proof || ![...counting.values()].flat().some(({ id }) => id === proof.id));
  const kinds = consumed.map((proof) => proof?.kind).sort();
  if (wrong.length === 0 && kinds.join() === [...counting.keys()].sort().join()) return;
  throw new Error(`expected one proof each of ${[...counting.keys()]} to be consumed, found ${kinds}`);
}

function tally(system: System, { verdict, reasons, againstReturn }: Decision, from: Point | null, to: Point): void {
  const isRise = risesOf(from, to).length > 0;
  if (verdict === 'allow') system.count(isRise ? 'rise allowed' : 'fall allowed');
  for (const { code } of [...reasons, ...againstReturn]) system.count(code);
}
