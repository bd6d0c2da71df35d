import { firstPoint, nameOf, type Point } from './point';
import type { Proof } from './proof';
import { standsForMs } from './rules';

export type Venue = 'simulated' | 'sandbox';

/** What the ledger was told, in order. Times are milliseconds. */
export type Told = { readonly time: number } & (
  | { readonly kind: 'genesis' | 'end' | 'halt' }
  | { readonly kind: 'grant'; readonly point: Point; readonly consumed: readonly number[]; readonly isReturn: boolean }
  /** By their place in the ledger. */
  | { readonly kind: 'incident'; readonly closes: readonly number[] }
);

/** Whose proof a file holds, null where it never was one; and whether its bytes count, or only a stranger signed them. */
export interface Held {
  readonly proof: number | null;
  readonly bytes: 'counting' | 'rejected' | 'strange';
}

/** Everything that the model knows. Plain values; commands change them. */
export interface State {
  readonly venue: Venue;
  /** Wall time, milliseconds since the epoch. */
  now: number;
  /** What the ledger was told and has acknowledged. */
  readonly told: Told[];
  /** How many of these its file holds: fewer where an older one was put back; null where it is altered. */
  held: number | null;
  /** Whether the file is the ledger of another account: with that account's trust root it can be read. */
  foreign: boolean;
  /** `other` is that of another account, `forged` one that an attacker has signed with keys of his own. */
  trust: 'good' | 'unusable' | 'other' | 'forged';
  /** When the standing grant was renewed last, as the file beside the ledger says. */
  renewedAt: number | null;
  readonly proofs: Proof[];
  /** The evidence folder: what each file holds. */
  readonly files: Map<string, Held>;
  /** Halts that the gateway has latched and the ledger was not told yet. */
  latched: number;
  /** What was asked for last. */
  wanted: Point;
}

/** When every history begins. */
export const beginning = Date.parse('2026-03-02T08:00:00Z');

export function newState(venue: Venue): State {
  return {
    venue,
    now: beginning,
    told: [{ kind: 'genesis', time: beginning }],
    held: 1,
    foreign: false,
    trust: 'good',
    renewedAt: null,
    proofs: [],
    files: new Map(),
    latched: 0,
    wanted: firstPoint,
  };
}

/** What the ledger's file says at this time. */
export interface Sight {
  /** The grant that stands, and the posture that stood when it was made. */
  readonly standing: Grant | null;
  /** The grant that nothing has ended, whether or not it was renewed in time. */
  readonly unended: Grant | null;
  /** Places of the open halts. */
  readonly halts: readonly number[];
  readonly consumed: ReadonlySet<number>;
  readonly newest: number;
  /** The returns that were made, by `wayOf`. */
  readonly returned: ReadonlySet<string>;
}

export interface Grant {
  readonly point: Point;
  readonly grantedAt: number;
  readonly isReturn: boolean;
  /** The grant that stood when it was made. */
  readonly before: Pick<Grant, 'point' | 'grantedAt'> | null;
}

/** The name of the way from one posture to another. */
export const wayOf = (from: Point, to: Point): string => `${nameOf(from)} ${nameOf(to)}`;

/** Trust root and ledger of another account, put in place together: a whole pair, in which this account has nothing. */
export const isForeignPair = ({ foreign, trust }: State): boolean => foreign && trust === 'other';

/** What can be read; null where ledger or trust root cannot be used. */
export function look({ told, held, trust, renewedAt, now }: State): Sight | null {
  if (held === null || trust !== 'good') return null;
  let unended: Grant | null = null;
  let halts: number[] = [];
  const consumed = new Set<number>();
  const returned = new Set<string>();
  told.slice(0, held).forEach((entry, place) => {
    if (entry.kind === 'grant') {
      const { point, isReturn, time } = entry;
      const before = unended as Grant | null;
      if (before && isReturn) returned.add(wayOf(before.point, point));
      unended = { point, grantedAt: time, isReturn, before };
      for (const id of entry.consumed) consumed.add(id);
    }
    if (entry.kind === 'end' || entry.kind === 'halt') unended = null;
    if (entry.kind === 'halt') halts = [...halts, place];
    if (entry.kind === 'incident') halts = halts.filter((halt) => !entry.closes.includes(halt));
  });
  const newest = told[held - 1]!.time;
  return {
    unended,
    standing: isRenewed(unended, renewedAt, Math.max(now, newest)) ? unended : null,
    halts,
    consumed,
    newest,
    returned,
  };
}

function isRenewed(grant: Grant | null, renewedAt: number | null, time: number): boolean {
  if (grant === null) return false;
  return Math.abs(time - Math.max(grant.grantedAt, renewedAt ?? 0)) <= standsForMs;
}

/** Whether anything can be appended: a ledger that lacks what the gateway saw takes nothing. */
export const isWritable = ({ trust, held, told }: State): boolean => trust === 'good' && held === told.length;

/** Tells the ledger; its time never steps back. */
export function tell(state: State, entry: DistributiveOmit<Told, 'time'>): void {
  state.told.push({ ...entry, time: Math.max(state.now, state.told.at(-1)!.time) });
  state.held = state.told.length;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a guardian does unasked in every round: it records what is latched, and ends what was not renewed. */
export function settle(state: State): void {
  if (!isWritable(state)) return;
  for (; state.latched > 0; state.latched -= 1) tell(state, { kind: 'halt' });
  const sight = look(state);
  if (sight?.unended && !sight.standing) tell(state, { kind: 'end' });
}
