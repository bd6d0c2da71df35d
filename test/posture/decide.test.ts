import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type DecisionInput, decide } from '../../posture/decide';
import { type Digest, digestBytes, digestOf } from '../../posture/digest';
import { digestTransition } from '../../posture/judge-approval';
import { expectedMeasured } from '../../posture/judge-evidence';
import { digestPosture, type Posture } from '../../posture/posture';
import type { Evidence, EvidenceKind, LedgerView, TrustRoot } from '../../posture/proof';
import { anyPosture } from '../helpers/any-posture';
import { paperPosture } from '../helpers/posture';

const now = Date.UTC(2026, 5, 1);
const minute = 60_000;
const genesis = digestBytes('genesis');
const head = digestBytes('head');
const live: Posture = { ...paperPosture, tradingMode: 'live' };
const other = { ...paperPosture.agents[0]!, name: 'other' };

const trustRoot: TrustRoot = {
  version: 1,
  stack: 'main',
  account: paperPosture.account,
  genesis,
  roles: {
    guardian: { keys: {}, threshold: 1 },
    measure: { keys: {}, threshold: 1 },
    approver: { keys: {}, threshold: 1 },
  },
  caps: { maxOrderUsd: 10, maxPositionUsd: 20, maxDrawdown: 0.2, maxOrdersPerMinute: 30 },
  freshSeconds: {
    preflight: 3600,
    snapshot: 3600,
    canary: 86_400,
    watch: 3600,
    soak: 3600,
    drill: 86_400,
    approval: 3600,
  },
  sampleSeconds: { watch: 900, soak: 1800 },
  canaryMargin: 0.001,
};

type Readable = LedgerView & { readable: true };

function ledgerOf(from: Posture | null): Readable {
  const standing =
    from?.tradingMode === 'live' ? { posture: from, digest: digestPosture(from), grantedAt: now - 120 * minute } : null;
  return {
    readable: true,
    genesis,
    head,
    seq: 3,
    newestTime: now - minute,
    standing,
    openHalts: [],
    consumed: new Set(),
    drill: false,
  };
}

function evidenceOf(kind: EvidenceKind, from: Posture | null, to: Posture): Evidence {
  return {
    kind,
    digest: digestOf({ kind, from, to }),
    name: `${kind}.json`,
    keyIds: [kind === 'approval' ? 'approver-key' : 'measure-key'],
    stack: to.stack,
    account: to.account,
    measured: expectedMeasured(kind, from, to) ?? digestBytes('nothing'),
    target: digestPosture(to),
    passed: true,
    measuredAt: now - (kind === 'watch' ? 40 : 5) * minute,
    feed: 'embedded',
    timeScale: 1,
    margin: 0.001,
    sampledSeconds: 1800,
    closes: { source: 'trader.db', count: 1, expectedSource: 'trader.db', minimum: 1 },
  };
}

/** Everything that the rises of a transition need, in order. */
function proved(from: Posture | null, to: Posture): DecisionInput & { ledger: Readable } {
  const ledger = ledgerOf(from);
  const { needs } = decide({ from, to, evidence: [], rejected: [], ledger, trustRoot, now });
  const measured = needs.filter((kind) => kind !== 'approval').map((kind) => evidenceOf(kind, from, to));
  const approval: Evidence = {
    ...evidenceOf('approval', from, to),
    approves: {
      transition: digestTransition(from, to),
      ledgerHead: head,
      evidence: measured.map(({ digest }) => digest),
      expiresAt: now + minute,
    },
  };
  return { from, to, evidence: [...measured, approval], rejected: [], ledger, trustRoot, now };
}

const change = (input: DecisionInput, kind: EvidenceKind, edit: Partial<Evidence>): DecisionInput => ({
  ...input,
  evidence: input.evidence.map((one) => (one.kind === kind ? { ...one, ...edit } : one)),
});
const codesOf = (input: DecisionInput) =>
  decide(input).reasons.map(({ code, proof }) => (proof ? `${proof}:${code}` : code));

describe('a rise', () => {
  it('from paper to live is allowed with every proof, and consumes them', () => {
    const input = proved(paperPosture, live);
    const decision = decide(input);
    expect(decision.reasons).toEqual([]);
    expect(decision.verdict).toBe('allow');
    expect(decision.needs).toEqual(['preflight', 'snapshot', 'canary', 'drill', 'approval']);
    expect(decision.consumes).toEqual(input.evidence.map(({ digest }) => digest));
  });

  it('from nothing is a rise from nothing: refused without proof, allowed with it', () => {
    expect(decide({ ...proved(null, live), evidence: [] }).verdict).toBe('refuse');
    expect(decide(proved(null, live)).verdict).toBe('allow');
  });

  it.each<[string, Posture, EvidenceKind[]]>([
    ['one more agent', { ...live, agents: [...live.agents, other] }, ['preflight', 'watch', 'soak', 'approval']],
    ['another model', { ...live, model: { version: '2', digest: head } }, ['preflight', 'canary', 'approval']],
    [
      'another backend',
      { ...live, workloads: { ...live.workloads, backend: head } },
      ['preflight', 'canary', 'approval'],
    ],
    [
      'another gateway',
      { ...live, workloads: { ...live.workloads, gateway: head } },
      ['preflight', 'drill', 'approval'],
    ],
    ['a looser limit', { ...live, risk: { ...live.risk, maxOrderUsd: 9 } }, ['soak', 'approval']],
    ['a lower threshold', { ...live, confidenceThreshold: 0.5 }, ['soak', 'approval']],
    ['other symbols', { ...live, symbols: ['ETHUSDT'] }, ['preflight', 'snapshot', 'canary', 'drill', 'approval']],
    [
      'an opaque value',
      { ...live, settings: { ...live.settings, backend: head } },
      ['preflight', 'snapshot', 'canary', 'drill', 'approval'],
    ],
  ])('under live, %s needs its own proofs', (_what, to, needs) => {
    const input = proved(live, to);
    expect(decide(input)).toMatchObject({ verdict: 'allow', needs });
    for (const kind of needs) {
      const without = { ...input, evidence: input.evidence.filter((one) => one.kind !== kind) };
      expect(codesOf(without)).toContain(`${kind}:missing`);
    }
  });

  it('names every missing proof at once', () => {
    expect(codesOf({ ...proved(paperPosture, live), evidence: [] })).toEqual([
      'preflight:missing',
      'snapshot:missing',
      'canary:missing',
      'drill:missing',
      'approval:missing',
    ]);
  });

  const input = proved(paperPosture, live);
  it.each<[string, DecisionInput, string]>([
    ['a failed proof', change(input, 'canary', { passed: false }), 'canary:failed'],
    ['another stack', change(input, 'preflight', { stack: 'night' }), 'preflight:other_stack'],
    [
      'another account',
      change(input, 'preflight', { account: { venue: 'simulated', id: 'x' } }),
      'preflight:other_account',
    ],
    ['another target', change(input, 'snapshot', { target: head }), 'snapshot:other_target'],
    ['another posture measured', change(input, 'canary', { measured: head }), 'canary:other_posture'],
    ['a future date', change(input, 'drill', { measuredAt: now + 2 * minute }), 'drill:future_dated'],
    [
      'the same evidence twice',
      { ...input, ledger: { ...input.ledger, consumed: new Set([input.evidence[0]!.digest]) } },
      'preflight:already_used',
    ],
    [
      'an open halt',
      { ...input, ledger: { ...input.ledger, openHalts: [{ haltedAt: now, reason: 'x' }] } },
      'halt_open',
    ],
    ['an unreadable ledger', { ...input, ledger: { readable: false, reason: 'torn' } }, 'ledger_unreadable'],
    ['another ledger', { ...input, ledger: { ...input.ledger, genesis: head } }, 'ledger_foreign'],
    ['no trust root', { ...input, trustRoot: null }, 'trust_root_missing'],
    ['a posture that is no JSON', { ...input, to: { ...live, symbols: ['\ud800'] } }, 'posture_malformed'],
    [
      'a trust root for another account',
      { ...input, trustRoot: { ...trustRoot, account: { venue: 'simulated', id: 'x' } } },
      'trust_root_foreign',
    ],
    ['a clock that stepped back', { ...input, now: input.ledger.newestTime - 2 * minute }, 'clock_stepped_back'],
    [
      'an approval of another change',
      change(input, 'approval', { approves: { ...approvalOf(input), transition: head } }),
      'approval:other_transition',
    ],
    [
      'an approval on an older ledger',
      change(input, 'approval', { approves: { ...approvalOf(input), ledgerHead: genesis } }),
      'approval:other_ledger_head',
    ],
    [
      'an approval without one of the proofs',
      change(input, 'approval', { approves: { ...approvalOf(input), evidence: [] } }),
      'approval:other_evidence',
    ],
    [
      'an approval that has expired',
      change(input, 'approval', { approves: { ...approvalOf(input), expiresAt: now } }),
      'approval:expired',
    ],
    [
      'an approval that is older than the trust root lets one be, however long it was meant to last',
      change(input, 'approval', { measuredAt: now - 61 * minute }),
      'approval:expired',
    ],
    [
      'an approval from the future',
      change(input, 'approval', { measuredAt: now + 2 * minute }),
      'approval:future_dated',
    ],
    [
      'a canary with a wider margin than the trust root allows',
      change(input, 'canary', { margin: 0.002 }),
      'canary:wide_margin',
    ],
    ['an approver who measured', change(input, 'approval', { keyIds: ['measure-key'] }), 'approval:same_signer'],
    ['a limit over its cap', proved(paperPosture, { ...live, risk: { ...live.risk, maxOrderUsd: 11 } }), 'over_cap'],
    ['two agents at once', proved(paperPosture, { ...live, agents: [...live.agents, other] }), 'too_many_agents'],
    [
      'two rises at once under live',
      proved(live, { ...live, confidenceThreshold: 0.5, symbols: ['X'] }),
      'more_than_one_rise',
    ],
    [
      'another account under live',
      proved(live, { ...live, account: { venue: 'simulated', id: 'y' } }),
      'account_only_from_paper',
    ],
  ])('is refused for %s', (_what, broken, code) => {
    expect(decide(broken).verdict).toBe('refuse');
    expect(codesOf(broken)).toContain(code);
  });

  it('counts evidence up to its limit and not a second longer', () => {
    const at = (ageSeconds: number) => change(input, 'preflight', { measuredAt: now - ageSeconds * 1000 });
    expect(decide(at(3599)).verdict).toBe('allow');
    expect(codesOf(at(3601))).toEqual(['preflight:expired']);
  });

  it('is refused when a newer fail stands against an older pass, and allowed the other way round', () => {
    const [preflight] = input.evidence as [Evidence];
    const fail = { ...preflight, passed: false, digest: head };
    const withFail = (measuredAt: number) => ({ ...input, evidence: [...input.evidence, { ...fail, measuredAt }] });
    expect(codesOf(withFail(preflight.measuredAt + 1))).toEqual(['preflight:failed']);
    expect(decide(withFail(preflight.measuredAt - 1)).verdict).toBe('allow');
    // At the same moment the fail counts, whichever of the two is found first.
    const tied = withFail(preflight.measuredAt);
    for (const evidence of [tied.evidence, [...tied.evidence].reverse()]) {
      expect(codesOf({ ...tied, evidence })).toContain('preflight:failed');
    }
  });

  it('uses the newest of the evidence that the approval names, and none that it does not', () => {
    const canary = input.evidence.find(({ kind }) => kind === 'canary')!;
    const another = (name: string, later: number) => ({
      ...canary,
      digest: digestBytes(name),
      measuredAt: canary.measuredAt + later,
    });
    const [newer, newest] = [another('newer', 1_000), another('newest', 2_000)];
    const { evidence } = approvalOf(input);
    // The newer is named last: it is its time that counts, not its place.
    const approves = { ...approvalOf(input), evidence: [...evidence, newer.digest] };
    const approved = change(input, 'approval', { approves });
    const { consumes } = decide({ ...approved, evidence: [...approved.evidence, newest, newer] });
    expect(consumes).toContain(newer.digest);
    expect(consumes).not.toContain(canary.digest);
    expect(consumes).not.toContain(newest.digest);
  });

  it('takes a soak only with closed trades, from the record that it declared, as many as it declared', () => {
    const soaked = proved(live, { ...live, confidenceThreshold: 0.5 });
    const closes = { source: 'trader.db', count: 1, expectedSource: 'trader.db', minimum: 1 };
    const codesWith = (changes: Partial<typeof closes>, passed = true) =>
      codesOf(change(soaked, 'soak', { passed, closes: { ...closes, ...changes } }));
    expect(codesWith({})).toEqual([]);
    expect(codesWith({ source: 'exit_manager.db' })).toEqual(['soak:closes_source']);
    expect(codesWith({ source: 'exit_manager.db', expectedSource: 'exit_manager.db' })).toEqual([]);
    expect(codesWith({ source: 'none', count: 0 }, false)).toEqual(['soak:closes_source']);
    expect(codesWith({ minimum: 2 }, false)).toEqual(['soak:too_few_closes']);
    // Nobody can declare that none is enough.
    expect(codesWith({ count: 0, minimum: 0 })).toEqual(['soak:too_few_closes']);
  });

  it('takes a soak only if it began after the posture that stands was granted', () => {
    const to = { ...live, confidenceThreshold: 0.5 };
    const soaked = proved(live, to);
    const grantedAt = now - 30 * minute;
    const regranted = { ...soaked, ledger: { ...soaked.ledger, standing: { ...soaked.ledger.standing!, grantedAt } } };
    expect(codesOf(regranted)).toEqual(['soak:before_grant']);
    expect(codesOf(change(soaked, 'soak', { sampledSeconds: 1799 }))).toEqual(['soak:too_short']);
  });

  it('takes a soak only if it began when a watch was over', () => {
    const to = { ...live, agents: [...live.agents, other] };
    const sampled = proved(live, to);
    const [watch, soak] = (['watch', 'soak'] as const).map(
      (kind) => sampled.evidence.find((one) => one.kind === kind)!,
    );
    const began = soak!.measuredAt - 1_800_000;
    expect(codesOf(change(sampled, 'watch', { measuredAt: began }))).toEqual([]);
    expect(codesOf(change(sampled, 'watch', { measuredAt: began + 1 }))).toEqual(['soak:before_watch']);
    // A further watch takes nothing away from a soak that one went before.
    const further = { ...watch!, digest: digestBytes('further'), measuredAt: now - minute };
    expect(codesOf({ ...sampled, evidence: [...sampled.evidence, further] })).toEqual([]);
    // Of a watch that does not count, it is the watch that is named.
    expect(codesOf(change(sampled, 'watch', { passed: false }))).toEqual(['watch:failed']);
  });

  it('at a real venue takes nothing simulated, scaled, or that the model was trained on', () => {
    const account = { venue: 'real', id: 'simulated-1' };
    const strict = proved({ ...paperPosture, account }, { ...live, account });
    const root = { ...trustRoot, account };
    const honest = { feed: 'venue', timeScale: 1, dataFrom: 2, trainedUntil: 1 } as const;
    const good = { ...strict, trustRoot: root, evidence: strict.evidence.map((one) => ({ ...one, ...honest })) };
    expect(codesOf(good)).toEqual([]);
    expect(codesOf(change(good, 'canary', { feed: 'recorded' }))).toEqual(['canary:simulated_feed']);
    expect(codesOf(change(good, 'preflight', { timeScale: 60 }))).toEqual(['preflight:scaled_clock']);
    expect(codesOf(change(good, 'canary', { dataFrom: 1 }))).toEqual(['canary:trained_on']);
  });

  it('needs no drill in the ledger of a drill', () => {
    const drill = {
      ...input,
      ledger: { ...input.ledger, drill: true },
      evidence: input.evidence.filter(({ kind }) => kind !== 'drill'),
    };
    expect(decide(drill).verdict).toBe('allow');
  });
});

function approvalOf(input: DecisionInput) {
  return input.evidence.find(({ kind }) => kind === 'approval')!.approves!;
}

const broken: LedgerView = { readable: false, reason: 'garbage' };
/** Evidence that throws when it is looked at: a fall must not even look. */
const poison = new Proxy([], {
  get: () => {
    throw new Error('the verifier crashed');
  },
}) as unknown as Evidence[];

describe('a fall', () => {
  test.prop([anyPosture, anyPosture])(
    'to paper is allowed from anywhere, whatever else changes and whatever is broken',
    (from, to) => {
      const paper = { ...to, tradingMode: 'paper' } as const;
      const decision = decide({
        from,
        to: paper,
        evidence: poison,
        rejected: [],
        ledger: broken,
        trustRoot: null,
        now: Number.NaN,
      });
      expect(decision).toMatchObject({ verdict: 'allow', reasons: [], rises: [] });
    },
  );

  it.each<[string, Posture]>([
    ['fewer agents', { ...live, agents: [] }],
    ['a tighter limit', { ...live, risk: { ...live.risk, maxOrderUsd: 0.5 } }],
    ['a higher threshold', { ...live, confidenceThreshold: 0.9 }],
    ['the same posture', live],
    ['fewer symbols', { ...live, symbols: [] }],
  ])('under live (%s) is allowed at once', (_what, to) => {
    const decision = decide({ from: live, to, evidence: poison, rejected: [], ledger: broken, trustRoot: null, now });
    expect(decision).toMatchObject({ verdict: 'allow', rises: [] });
  });

  it('does not carry a rise with it', () => {
    const to = { ...live, agents: [], confidenceThreshold: 0.1 };
    const decision = decide({ ...proved(live, to), evidence: [] });
    expect(decision.verdict).toBe('refuse');
    expect(decision.falls.map(({ what }) => what)).toEqual(['agents.live_trader']);
    expect(decision.rises.map(({ what }) => what)).toEqual(['confidenceThreshold']);
  });
});

test.prop([anyPosture, anyPosture])('no posture reaches live without proof', (from, to) => {
  const asked = { ...to, tradingMode: 'live' } as const;
  const paper = { ...from, tradingMode: 'paper' } as const;
  expect(
    decide({ from: paper, to: asked, evidence: [], rejected: [], ledger: ledgerOf(null), trustRoot, now }).verdict,
  ).toBe('refuse');
});

test.prop([anyPosture, fc.constantFrom<Digest>(genesis, head)])(
  'the risk order is antisymmetric: what rises one way is no rise back, unless it is incomparable',
  (posture, digest) => {
    const asked = { ...posture, tradingMode: 'live' } as const;
    const looser = { ...asked, risk: { ...asked.risk, maxOrderUsd: asked.risk.maxOrderUsd + 1 } };
    const ledger = ledgerOf(asked);
    const base = { evidence: [], rejected: [], ledger, trustRoot, now };
    expect(decide({ ...base, from: asked, to: looser }).verdict).toBe('refuse');
    expect(decide({ ...base, from: looser, to: asked }).verdict).toBe('allow');
    const remodelled = { ...asked, model: { version: 'new', digest } };
    expect(decide({ ...base, from: asked, to: remodelled }).verdict).toBe('refuse');
    expect(decide({ ...base, from: remodelled, to: asked }).verdict).toBe('refuse');
  },
);
