import { describe, expect, it } from 'vitest';
import { type DecisionInput, decide } from '../../posture/decide';
import { digestBytes } from '../../posture/digest';
import { digestTransition } from '../../posture/judge-approval';
import { returnWindowMs } from '../../posture/judge-return';
import { digestPosture, type Posture } from '../../posture/posture';
import type { Evidence, LedgerView, StandingGrant } from '../../posture/proof';
import { paperPosture } from '../helpers/posture';
import { makeTrust } from '../helpers/trust';

const { root } = makeTrust();
const now = Date.UTC(2026, 5, 1);
const hour = 3_600_000;
const other = digestBytes('other');

/** The posture that was granted first, and the one that replaced it: another model. */
const before: Posture = { ...paperPosture, tradingMode: 'live' };
const after: Posture = { ...before, model: { version: '2', digest: other } };
const granted = (posture: Posture, grantedAt: number) => ({ posture, digest: digestPosture(posture), grantedAt });

type Readable = LedgerView & { readable: true };

/** A way back with no proof at all, in which nothing is wrong. */
function back({
  from = after,
  to = before,
  standing = {},
  ledger = {},
  ...rest
}: {
  from?: Posture;
  to?: Posture;
  standing?: Partial<StandingGrant>;
  ledger?: Partial<Readable>;
} & Partial<Omit<DecisionInput, 'from' | 'to' | 'ledger'>> = {}): DecisionInput {
  const view: Readable = {
    readable: true,
    genesis: root.genesis,
    head: digestBytes('head'),
    seq: 5,
    newestTime: now - hour,
    standing: { ...granted(from, now - 2 * hour), predecessor: granted(to, now - 5 * hour), ...standing },
    openHalts: [],
    consumed: new Set(),
    drill: false,
    ...ledger,
  };
  return { from, to, evidence: [], rejected: [], ledger: view, trustRoot: root, now, ...rest };
}

const failed = (of: Partial<Evidence>): Evidence => ({
  kind: 'canary',
  digest: digestBytes('failed'),
  name: 'canary-failed.json',
  keyIds: ['measure'],
  stack: before.stack,
  account: before.account,
  measured: other,
  target: other,
  passed: false,
  measuredAt: now - hour,
  feed: 'embedded',
  timeScale: 1,
  ...of,
});

/** The codes against its being a return; null where it is allowed as one. */
function against(input: DecisionInput): string[] | null {
  const decision = decide(input);
  expect(decision.rises.length, 'it must be a rise').toBeGreaterThan(0);
  expect(decision.return !== null).toBe(decision.verdict === 'allow');
  return decision.verdict === 'allow' ? null : decision.againstReturn.map(({ code }) => code);
}

const inPaper = (posture: Posture): Posture => ({ ...posture, tradingMode: 'paper' });

describe('a return', () => {
  it('is allowed without a proof, consumes nothing, and says that it is one', () => {
    expect(decide(back())).toMatchObject({
      verdict: 'allow',
      reasons: [],
      needs: [],
      consumes: [],
      accepted: [],
      return: { grantedAt: now - 5 * hour, until: now + 22 * hour },
      againstReturn: [],
    });
  });

  it.each<[string, (of: Posture) => Posture]>([
    ['an agent', (of) => ({ ...of, agents: of.agents.map((agent) => ({ ...agent, args: ['new'] })) })],
    ['the backend', (of) => ({ ...of, workloads: { ...of.workloads, backend: other } })],
    ['the guardian', (of) => ({ ...of, workloads: { ...of.workloads, guardian: other } })],
    ['a setting', (of) => ({ ...of, settings: { ...of.settings, backend: other } })],
    ['the symbols', (of) => ({ ...of, symbols: ['ETHUSDT'] })],
  ])('undoes a change of %s', (_what, change) => {
    expect(against(back({ from: change(before) }))).toBeNull();
  });

  it('is no allowance for the same rise at any other time', () => {
    const decision = decide(back({ standing: { predecessor: granted({ ...before, symbols: [] }, now - 5 * hour) } }));
    expect(decision).toMatchObject({ verdict: 'refuse', return: null, againstReturn: [] });
    expect(decision.reasons.map(({ code, proof }) => `${proof}:${code}`)).toEqual([
      'preflight:missing',
      'canary:missing',
      'approval:missing',
    ]);
  });

  const { predecessor: _, ...fromPaper } = (back().ledger as Readable).standing!;
  it.each<[string, DecisionInput]>([
    ['what stands was reached from paper', back({ ledger: { standing: fromPaper } })],
    ['nothing stands', back({ ledger: { standing: null } })],
    ['another posture stands than the one before', back({ standing: granted({ ...after, symbols: [] }, now - hour) })],
    ['the posture before is not known', { ...back(), from: null }],
    ['another than the paper posture before stands', { ...back(), from: inPaper(after) }],
    ['the posture before was paper', back({ from: inPaper(after) })],
    ['the predecessor was paper', back({ standing: { predecessor: granted(inPaper(before), now - 5 * hour) } })],
    [
      'its digest says otherwise than it',
      {
        ...back({ standing: { predecessor: { ...granted(after, now), digest: digestPosture(before) } } }),
      },
    ],
    ['one limit less than the one before is asked for', { ...back(), to: { ...before, confidenceThreshold: 0.56 } }],
  ])('is not on the table where %s', (_what, input) => {
    expect(against(input)).toEqual([]);
  });

  it('ends with its window, to the millisecond, and with a shorter one of the trust root', () => {
    const at = (grantedAt: number, trustRoot = root) => against(back({ standing: { grantedAt }, trustRoot }));
    expect(at(now - 24 * hour)).toBeNull();
    expect(at(now - 24 * hour - 1)).toEqual(['return_window_over']);
    const short = { ...root, rollbackWindowSeconds: 60 };
    expect(at(now - 60_000, short)).toBeNull();
    expect(at(now - 60_001, short)).toEqual(['return_window_over']);
    expect(at(now - 1, { ...root, rollbackWindowSeconds: 0 })).toEqual(['return_window_over']);
  });

  it('counts its window to the newest time that is known, and by no time that is none', () => {
    const newestTime = now + 30_000;
    const grantedAt = now - 24 * hour + 10_000;
    expect(against(back({ ledger: { newestTime }, standing: { grantedAt } }))).toEqual(['return_window_over']);
    expect(against(back({ now: Number.NaN }))).toEqual(['clock_stepped_back', 'return_window_over']);
    expect(against(back({ standing: { grantedAt: Number.NaN } }))).toEqual(['return_window_over']);
  });

  it('has a window of at most 24 h, whatever a trust root says', () => {
    expect(returnWindowMs({ rollbackWindowSeconds: 1e9 })).toBe(24 * hour);
    expect(returnWindowMs({})).toBe(24 * hour);
  });

  it('is made once, and never from a return', () => {
    const returned = new Set([digestTransition(after, before)]);
    expect(against(back({ ledger: { returned } }))).toEqual(['return_repeated']);
    expect(against(back({ ledger: { returned: new Set([digestTransition(before, after), other]) } }))).toBeNull();
    expect(against(back({ standing: { isReturn: true } }))).toEqual(['return_of_return']);
  });

  it.each<[string, Posture]>([
    ['a limit', { ...after, risk: { ...after.risk, maxOrderUsd: after.risk.maxOrderUsd / 2 } }],
    ['the threshold', { ...after, confidenceThreshold: 0.9 }],
    ['an agent', { ...after, agents: [] }],
    ['a symbol', { ...after, symbols: [] }],
  ])('never raises %s that the way there lowered', (_what, from) => {
    // The one rise is undone, and the one fall: two rises, one of which no return may make.
    expect(against(back({ from }))).toEqual(['more_than_one_rise', 'return_of_fall']);
    const lowered = { ...from, model: before.model };
    expect(against(back({ from: lowered }))).toEqual(['return_of_fall']);
  });

  it('back to another venue is none', () => {
    const account = { venue: 'real', id: 'simulated-1' };
    const to = { ...before, account };
    expect(against(back({ from: after, to, trustRoot: { ...root, account } }))).toContain('account_only_from_paper');
  });

  it.each<[string, Partial<Evidence>]>([
    ['made for it', { target: digestPosture(before) }],
    ['that measured it', { measured: digestPosture(before), kind: 'soak' }],
    ['that measured it in paper', { measured: digestPosture(inPaper(before)), kind: 'preflight' }],
    ['that an approver gave', { target: digestPosture(before), kind: 'approval' }],
    ['from the future', { target: digestPosture(before), measuredAt: now + 9 * hour }],
    ['at no time', { target: digestPosture(before), measuredAt: Number.NaN }],
  ])('is refused by a newer failed verdict %s', (_what, of) => {
    expect(against(back({ evidence: [failed(of)] }))).toEqual(['return_after_fail']);
    expect(against(back({ evidence: [failed({ ...of, passed: true })] }))).toBeNull();
  });

  it('is not refused by a fail that is older, or about what is gone back from', () => {
    const target = digestPosture(before);
    const grantedAt = now - 5 * hour;
    expect(against(back({ evidence: [failed({ target, measuredAt: grantedAt - 60_001 })] }))).toBeNull();
    // A clock that is behind by the tolerance does not make a fail older.
    expect(against(back({ evidence: [failed({ target, measuredAt: grantedAt - 60_000 })] }))).toEqual([
      'return_after_fail',
    ]);
    const ofAfter = failed({ target: digestPosture(after), measured: digestPosture(inPaper(after)) });
    expect(against(back({ evidence: [ofAfter] }))).toBeNull();
  });

  it('is refused where a file cannot be read that may be such a verdict, but not for what nobody of ours signed', () => {
    const file = (code: string) => [{ name: 'x.json', code, reason: 'it is garbage' }];
    for (const code of ['malformed', 'bad_signature', 'too_large', 'too_many', 'unverifiable', 'wrong_role'])
      expect(against(back({ rejected: file(code) }))).toEqual(['return_unsure']);
    expect(against(back({ rejected: file('unknown_key') }))).toBeNull();
    expect(decide(back({ rejected: file('malformed') })).againstReturn[0]).toMatchObject({ file: 'x.json' });
  });

  it.each<[string, DecisionInput]>([
    ['halt_open', back({ ledger: { openHalts: [{ haltedAt: now, reason: 'x' }] } })],
    ['clock_stepped_back', back({ ledger: { newestTime: now + 60_001 } })],
    ['ledger_foreign', back({ ledger: { genesis: other } })],
    ['trust_root_foreign', back({ trustRoot: { ...root, stack: 'another' } })],
  ])('is refused by what stands against any rise: %s', (code, input) => {
    expect(against(input)).toEqual([code]);
  });

  it('is not on the table without a ledger or a trust root', () => {
    expect(against({ ...back(), ledger: { readable: false, reason: 'torn' } })).toEqual([]);
    expect(against(back({ trustRoot: null }))).toEqual([]);
  });

  it('names everything that is against it at once', () => {
    const input = back({
      from: { ...after, confidenceThreshold: 0.9 },
      standing: { isReturn: true, grantedAt: now - 25 * hour },
      ledger: {
        returned: new Set([digestTransition({ ...after, confidenceThreshold: 0.9 }, before)]),
        openHalts: [{ haltedAt: now, reason: 'x' }],
      },
      evidence: [failed({ target: digestPosture(before) })],
      rejected: [{ name: 'x.json', code: 'malformed', reason: 'it is garbage' }],
    });
    expect(against(input)).toEqual([
      'halt_open',
      'more_than_one_rise',
      'return_of_return',
      'return_repeated',
      'return_window_over',
      'return_of_fall',
      'return_after_fail',
      'return_unsure',
    ]);
    expect(decide(input).againstReturn.map(({ message }) => message)).toEqual([
      'halted since 2026-06-01T00:00:00.000Z: x; an approver must close the incident first',
      'one rise at a time under live, not 2: confidenceThreshold, model',
      'what stands was itself granted as a return',
      'this return was made before, and is allowed once',
      'the time for a return was over 3600 s ago',
      'a return undoes rises only, and confidenceThreshold was lowered',
      'a canary of what is gone back to has failed since it was granted',
      'whether anything has failed since cannot be told: it is garbage',
    ]);
  });
});

it('what is proved is a rise, and not used up as a return', () => {
  const threshold: Posture = { ...before, confidenceThreshold: 0.1 };
  // Back from there is a fall: free, and no return either.
  expect(decide(back({ from: threshold }))).toMatchObject({ verdict: 'allow', return: null, rises: [] });
});
