import { describe, expect, test } from 'vitest';
import { evidenceFor, ledgerFor, now, trustRootFor } from '../../model/conditions';
import { allPoints, type Point, postureAt } from '../../model/domain';
import { type DecisionInput, decide } from '../../posture/decide';
import { digestBytes } from '../../posture/digest';
import type { Posture } from '../../posture/posture';
import type { Evidence, EvidenceKind, LedgerView, TrustRoot } from '../../posture/proof';

// Each bound from both sides, to the millisecond or second: on its good side the decision stays an allow, and a step
// beyond it has its own code. All else is good.

const [first] = allPoints() as [Point];
const at = (point: Partial<Point>): Posture => postureAt({ ...first, agents: 1, ...point });
const paper = at({});
const live = at({ mode: 1 });
const sandbox = at({ mode: 1, venue: 1 });
const twoAgents = at({ mode: 1, agents: 3 });

type Readable = LedgerView & { readable: true };
type Input = DecisionInput & { readonly ledger: Readable; readonly trustRoot: TrustRoot };
const good = { flawed: null, state: 'good', halted: false } as const;

/** What a transition is decided on when all is good. */
function inputOf(from: Posture, to: Posture): Input {
  const [evidence, ledger] = [evidenceFor(from, to)(good), ledgerFor(from, good) as Readable];
  return { from, to, evidence, rejected: [], ledger, trustRoot: trustRootFor(to), now };
}
const toLive = inputOf(paper, live);
const toSandbox = inputOf(at({ venue: 1 }), sandbox);
const toTwo = inputOf(live, twoAgents);

/** The codes against a transition, each with its proof; empty exactly when it is allowed. */
function codesOf(input: DecisionInput): string[] {
  const { reasons, verdict, consumes } = decide(input);
  for (const { message } of reasons) expect(message).toMatch(/^\S.*\s.*\S$/);
  expect(verdict).toBe(reasons.length === 0 ? 'allow' : 'refuse');
  if (verdict === 'refuse') expect(consumes).toEqual([]);
  return reasons.map(({ code, proof }) => (proof ? `${proof}:${code}` : code));
}

const changed = (input: Input, kind: EvidenceKind, edit: (one: Evidence) => Partial<Evidence>): Input => ({
  ...input,
  evidence: input.evidence.map((one) => (one.kind === kind ? { ...one, ...edit(one) } : one)),
});
const set = (input: Input, kind: EvidenceKind, edit: Partial<Evidence>) => changed(input, kind, () => edit);
const one = (input: Input, kind: EvidenceKind) => input.evidence.find((found) => found.kind === kind)!;
const ledger = (input: Input, edit: Partial<Readable>): Input => ({ ...input, ledger: { ...input.ledger, ...edit } });
const root = (input: Input, edit: Partial<TrustRoot>): Input => ({
  ...input,
  trustRoot: { ...input.trustRoot, ...edit },
});

/** Holds a bound: `within` are all allowed, `beyond` are all refused with the code. */
function bound(code: string, within: readonly DecisionInput[], beyond: readonly DecisionInput[]): void {
  for (const input of within) expect(codesOf(input)).toEqual([]);
  for (const input of beyond) expect(codesOf(input)).toContain(code);
}

test('all is good at first', () => {
  bound('', [toLive, toSandbox, toTwo], []);
});

describe('time', () => {
  const freshMs = toLive.trustRoot.freshSeconds.preflight * 1000;
  const made = (kind: EvidenceKind, measuredAt: number, of = toLive) => set(of, kind, { measuredAt });

  test.each(['preflight', 'snapshot', 'canary', 'drill'] as const)('a %s is fresh as long as it may be', (kind) => {
    bound(`${kind}:expired`, [made(kind, now - freshMs)], [made(kind, now - freshMs - 1)]);
    bound(`${kind}:future_dated`, [made(kind, now + 60_000)], [made(kind, now + 60_001)]);
  });

  test('each kind has its own freshness', () => {
    for (const kind of ['preflight', 'snapshot', 'canary', 'drill'] as const) {
      const { freshSeconds } = toLive.trustRoot;
      const short = root(toLive, { freshSeconds: { ...freshSeconds, [kind]: 299 } });
      expect(codesOf(short)).toEqual([`${kind}:expired`]);
    }
  });

  test('an approval lasts as long as it was meant to, and no longer than it may', () => {
    const lasting = (expiresAt: number, measuredAt = now - 1000) =>
      changed(toLive, 'approval', ({ approves }) => ({ measuredAt, approves: { ...approves!, expiresAt } }));
    bound('approval:expired', [lasting(now + 1)], [lasting(now), lasting(now - 1)]);
    const mayMs = toLive.trustRoot.freshSeconds.approval * 1000;
    bound('approval:expired', [lasting(now * 2, now - mayMs + 1)], [lasting(now * 2, now - mayMs)]);
    bound('approval:future_dated', [lasting(now * 2, now + 60_000)], [lasting(now * 2, now + 60_001)]);
  });

  test('is the newest of clock and ledger, and a clock may be behind by as much as clocks may disagree', () => {
    const behind = (ms: number) => ({ ...toLive, now: toLive.ledger.newestTime - ms });
    bound('clock_stepped_back', [behind(0), behind(60_000)], [behind(60_001)]);
    const newest = (newestTime: number) => ledger(made('drill', now - freshMs), { newestTime });
    bound('drill:expired', [newest(now)], [newest(now + 1)]);
    expect(codesOf({ ...toLive, now: Number.NaN })).not.toEqual([]);
  });
});

describe('a sampling', () => {
  const sampleSeconds = toTwo.trustRoot.sampleSeconds;
  const { closes } = one(toTwo, 'soak') as { closes: NonNullable<Evidence['closes']> };

  test.each(['watch', 'soak'] as const)('a %s is as long as it must be', (kind) => {
    const sampled = (sampledSeconds: number) => set(toTwo, kind, { sampledSeconds });
    const { sampledSeconds: _, ...without } = one(toTwo, kind);
    const none = { ...toTwo, evidence: toTwo.evidence.map((other) => (other.kind === kind ? without : other)) };
    bound(`${kind}:too_short`, [sampled(sampleSeconds[kind])], [sampled(sampleSeconds[kind] - 0.001), none]);
  });

  test.each(['watch', 'soak'] as const)('a %s began no earlier than what stands was granted', (kind) => {
    const { measuredAt, sampledSeconds } = one(toTwo, kind);
    const granted = (grantedAt: number, of = toTwo) =>
      ledger(of, { standing: { ...toTwo.ledger.standing!, grantedAt } });
    const began = measuredAt - sampledSeconds! * 1000;
    expect(codesOf(granted(began))).not.toContain(`${kind}:before_grant`);
    expect(codesOf(granted(began + 1))).toContain(`${kind}:before_grant`);
    // On a clock of the market's a minute of it takes a second of ours.
    const scaled = set(toTwo, kind, { timeScale: 60 });
    const beganScaled = measuredAt - (sampledSeconds! * 1000) / 60;
    expect(codesOf(granted(beganScaled, scaled))).not.toContain(`${kind}:before_grant`);
    expect(codesOf(granted(beganScaled + 1, scaled))).toContain(`${kind}:before_grant`);
    expect(codesOf(ledger(toTwo, { standing: null }))).toContain(`${kind}:before_grant`);
  });

  test.each(['watch', 'soak'] as const)('a %s saw as many closed trades as it declared, and one at least', (kind) => {
    const saw = (count: number, minimum: number) => set(toTwo, kind, { closes: { ...closes, count, minimum } });
    bound(`${kind}:too_few_closes`, [saw(3, 3), saw(1, 1), saw(1, 0)], [saw(2, 3), saw(0, 1), saw(0, 0)]);
    const { closes: _, ...without } = one(toTwo, kind);
    const none = { ...toTwo, evidence: toTwo.evidence.map((other) => (other.kind === kind ? without : other)) };
    const from = (source: string) => set(toTwo, kind, { closes: { ...closes, source } });
    bound(`${kind}:closes_source`, [from(closes.expectedSource)], [from('none'), from('other'), none]);
  });

  test('other kinds need neither closed trades nor a length', () => {
    for (const kind of ['preflight', 'snapshot', 'canary', 'drill'] as const) {
      expect(one(toLive, kind).closes).toBeUndefined();
      expect(one(toLive, kind).sampledSeconds).toBeUndefined();
    }
    bound('', [toLive], []);
  });
});

describe('a canary', () => {
  const { canaryMargin } = toLive.trustRoot;

  test('has no wider margin than the trust root allows', () => {
    const margin = (value: number) => set(toLive, 'canary', { margin: value });
    const { margin: _, ...without } = one(toLive, 'canary');
    const none = { ...toLive, evidence: toLive.evidence.map((other) => (other.kind === 'canary' ? without : other)) };
    bound('canary:wide_margin', [margin(0), margin(canaryMargin)], [margin(canaryMargin + 1e-9), none]);
    expect(decide(margin(0.5)).reasons[0]!.message).toContain('0.5');
  });

  test('elsewhere than at the simulated venue measured what the model was not trained on', () => {
    const trained = (of: Input, dataFrom?: number, trainedUntil?: number) => {
      const { dataFrom: _, trainedUntil: __, ...rest } = one(of, 'canary');
      const canary = { ...rest, ...(dataFrom ? { dataFrom } : {}), ...(trainedUntil ? { trainedUntil } : {}) };
      return { ...of, evidence: of.evidence.map((other) => (other.kind === 'canary' ? canary : other)) };
    };
    bound(
      'canary:trained_on',
      [trained(toSandbox, 11, 10), trained(toLive, 10, 11), trained(toLive)],
      [
        trained(toSandbox, 10, 10),
        trained(toSandbox, 9, 10),
        trained(toSandbox, 11),
        trained(toSandbox, undefined, 10),
      ],
    );
  });
});

test.each(['preflight', 'snapshot', 'canary', 'drill'] as const)(
  'elsewhere than at the simulated venue a %s was made in real time on the venue',
  (kind) => {
    const scaled = (of: Input, timeScale: number) => set(of, kind, { timeScale });
    bound(`${kind}:scaled_clock`, [scaled(toLive, 60)], [scaled(toSandbox, 60), scaled(toSandbox, 0.999)]);
    for (const feed of ['embedded', 'recorded'] as const)
      bound(`${kind}:simulated_feed`, [set(toLive, kind, { feed })], [set(toSandbox, kind, { feed })]);
  },
);

describe('what evidence is about', () => {
  const other = digestBytes('other');
  const { stack, account } = live;
  test.each<[string, Partial<Evidence>]>([
    ['other_stack', { stack: `${stack}x` }],
    ['other_account', { account: { ...account, id: 'other' } }],
    ['other_account', { account: { ...account, venue: 'other' } }],
    ['other_target', { target: other }],
    ['other_posture', { measured: other }],
  ])('%s: %j', (code, edit) => {
    for (const kind of ['preflight', 'snapshot', 'canary', 'drill'] as const) {
      expect(codesOf(set(toLive, kind, edit))).toContain(`${kind}:${code}`);
      const [reason] = decide(set(toLive, kind, edit)).reasons;
      expect(reason).toMatchObject({ file: `${kind}.json` });
    }
  });

  test('of several that are about something else, the newest is named, and it defeats nothing', () => {
    const foreign = (name: string, measuredAt: number, edit: Partial<Evidence>): Evidence => ({
      ...one(toLive, 'canary'),
      digest: digestBytes(name),
      name,
      measuredAt,
      passed: false,
      ...edit,
    });
    const both = [foreign('old', now - 2, { stack: 'x' }), foreign('new', now - 1, { target: other })];
    for (const some of [both, [...both].reverse()]) {
      expect(codesOf({ ...toLive, evidence: [...some, ...toLive.evidence] })).toEqual([]);
      const alone = { ...toLive, evidence: [...some, ...toLive.evidence.filter(({ kind }) => kind !== 'canary')] };
      expect(decide(alone).reasons).toContainEqual(
        expect.objectContaining({ code: 'other_target', proof: 'canary', file: 'new' }),
      );
    }
  });

  test('of a kind that is missing, the file that could not be verified is named, and of no other kind', () => {
    const without = (kind: EvidenceKind) => toLive.evidence.filter((found) => found.kind !== kind);
    for (const kind of ['preflight', 'snapshot', 'canary', 'drill', 'approval'] as const) {
      const rejected = [
        { name: 'watch-1.json', code: 'malformed', reason: 'other' },
        { name: `${kind}-1.json`, code: 'bad_signature', reason: 'its signature' },
      ];
      const { reasons } = decide({ ...toLive, evidence: without(kind), rejected });
      expect(reasons.find(({ proof }) => proof === kind)).toMatchObject({
        code: 'bad_signature',
        file: `${kind}-1.json`,
        message: expect.stringMatching(new RegExp(`${kind}.*its signature`)),
      });
      const missing = decide({ ...toLive, evidence: without(kind), rejected: rejected.slice(0, 1) }).reasons;
      expect(missing.find(({ proof }) => proof === kind)).toMatchObject({ code: 'missing' });
      expect(missing.find(({ proof }) => proof === kind)).not.toHaveProperty('file');
    }
  });
});

describe('an approval', () => {
  const approval = one(toLive, 'approval');
  const another = (
    name: string,
    edit: Partial<Evidence>,
    approves: Partial<NonNullable<Evidence['approves']>> = {},
  ) => ({
    ...approval,
    digest: digestBytes(name),
    name,
    ...edit,
    approves: { ...approval.approves!, ...approves },
  });
  /** With these approvals beside the good one, in whatever order they are found. */
  const beside = (...others: Evidence[]) => [
    { ...toLive, evidence: [...others, ...toLive.evidence] },
    { ...toLive, evidence: [...toLive.evidence, ...others] },
  ];
  const { measuredAt } = approval;
  const other = digestBytes('other');

  test('that is good counts, whatever newer one does not', () => {
    const newer = { measuredAt: measuredAt + 1 };
    bound('', beside(another('a', newer, { ledgerHead: other }), another('b', newer, { transition: other })), []);
    bound('', beside(another('c', { ...newer, keyIds: ['measure'] })), []);
  });

  test('is defeated by a no to the same change that is not older, and by no other', () => {
    const no = (at: number, edit: Partial<Evidence> = {}, approves = {}) =>
      another('no', { passed: false, measuredAt: at, ...edit }, approves);
    const away = measuredAt + 1;
    bound('approval:failed', beside(no(measuredAt - 1)), [...beside(no(measuredAt)), ...beside(no(away))]);
    bound('approval:failed', beside(no(away, {}, { transition: other })), beside(no(away, {}, { ledgerHead: other })));
    bound('approval:failed', beside(no(away, { stack: 'other' })), beside(no(away, {}, { evidence: [] })));
    const [refused] = beside(no(away));
    expect(decide(refused!).reasons).toMatchObject([{ code: 'failed', proof: 'approval', file: 'no' }]);
  });

  test('of which none counts, the newest is named', () => {
    const stale = { ...toLive, evidence: toLive.evidence.filter(({ kind }) => kind !== 'approval') };
    const two = [
      another('old', { measuredAt: measuredAt - 5 }, { ledgerHead: other }),
      another('new', { measuredAt }, { transition: other }),
    ];
    for (const some of [two, [...two].reverse()]) {
      const { reasons } = decide({ ...stale, evidence: [...stale.evidence, ...some] });
      expect(reasons).toMatchObject([{ code: 'other_transition', proof: 'approval', file: 'new' }]);
    }
  });

  test.each<[string, Partial<Evidence>]>([
    ['other_stack', { stack: 'other' }],
    ['other_stack', { account: { ...live.account, id: 'other' } }],
    ['other_stack', { account: { ...live.account, venue: 'other' } }],
    ['other_transition', { approves: { ...approval.approves!, transition: other } }],
    ['other_ledger_head', { approves: { ...approval.approves!, ledgerHead: other } }],
    ['failed', { passed: false }],
    ['same_signer', { keyIds: ['measure'] }],
    ['same_signer', { keyIds: ['another', 'measure'] }],
  ])('is refused by name: %s, %j', (code, edit) => {
    bound(`approval:${code}`, [set(toLive, 'approval', { keyIds: ['another'] })], [set(toLive, 'approval', edit)]);
  });

  test('that does not say what it approves is none', () => {
    const { approves: _, ...mute } = approval;
    const evidence = toLive.evidence.map((found) => (found.kind === 'approval' ? mute : found));
    expect(codesOf({ ...toLive, evidence })).toContain('approval:malformed');
  });

  test('was given for every evidence that is used', () => {
    for (const kind of ['preflight', 'snapshot', 'canary', 'drill'] as const) {
      const { digest } = one(toLive, kind);
      const evidence = approval.approves!.evidence.filter((named) => named !== digest);
      const without = set(toLive, 'approval', { approves: { ...approval.approves!, evidence } });
      bound('approval:other_evidence', [toLive], [without]);
      expect(decide(without).reasons[0]!.message).toContain(`${kind}.json`);
    }
  });

  test('uses the evidence that it names, not one that was made later', () => {
    const canary = one(toLive, 'canary');
    const later = { ...canary, digest: other, name: 'later', measuredAt: canary.measuredAt + 1, keyIds: ['later'] };
    for (const evidence of [
      [...toLive.evidence, later],
      [later, ...toLive.evidence],
    ]) {
      const decision = decide({ ...toLive, evidence });
      expect(decision.verdict).toBe('allow');
      expect(decision.consumes).toContain(canary.digest);
      expect(decision.consumes).not.toContain(other);
      // Who signed what is not used may approve.
      const approver = {
        ...toLive,
        evidence: evidence.map((found) => (found === approval ? { ...approval, keyIds: ['later'] } : found)),
      };
      expect(codesOf(approver)).toEqual([]);
    }
  });

  test('counts once, as every evidence does', () => {
    for (const kind of ['preflight', 'snapshot', 'canary', 'drill', 'approval'] as const)
      expect(codesOf(ledger(toLive, { consumed: new Set([one(toLive, kind).digest]) }))).toContain(
        `${kind}:already_used`,
      );
    bound('', [ledger(toLive, { consumed: new Set([other]) })], []);
  });
});

describe('whatever the evidence says', () => {
  test('the trust root is that of the stack and account', () => {
    const { account } = toLive.trustRoot;
    for (const edit of [
      { stack: 'other' },
      { account: { ...account, id: 'other' } },
      { account: { ...account, venue: 'other' } },
    ])
      expect(codesOf(root(toLive, edit))).toContain('trust_root_foreign');
    expect(codesOf(ledger(toLive, { genesis: digestBytes('other') }))).toEqual(['ledger_foreign']);
  });

  test('without a trust root every proof is missing, and what is wrong with it is told', () => {
    const kinds = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
    const missing = kinds.map((kind) => `${kind}:missing`);
    const without: DecisionInput = { ...toLive, trustRoot: null };
    expect(codesOf(without)).toEqual(['trust_root_missing', ...missing]);
    const trustProblem = { code: 'threshold', message: 'too few of them' };
    expect(codesOf({ ...without, trustProblem })).toEqual(['threshold', ...missing]);
    expect(decide({ ...without, trustProblem }).reasons[0]).toEqual(trustProblem);
    const unreadable: DecisionInput = { ...toLive, ledger: { readable: false, reason: 'it is torn' } };
    expect(codesOf(unreadable)).toEqual(['ledger_unreadable', ...missing]);
    expect(decide(unreadable).reasons[0]!.message).toContain('it is torn');
    for (const input of [unreadable, without]) expect(decide(input).accepted).toEqual([]);
  });

  test('a halt that is open is told with its time and reason, each of them', () => {
    const openHalts = [
      { haltedAt: Date.UTC(2026, 0, 2), reason: 'drawdown' },
      { haltedAt: Date.UTC(2026, 0, 3), reason: 'operator' },
    ];
    const halted = ledger(toLive, { openHalts });
    expect(codesOf(halted)).toEqual(['halt_open', 'halt_open']);
    const [one, two] = decide(halted).reasons;
    expect(one!.message).toMatch(/2026-01-02T00:00:00.000Z.*drawdown/);
    expect(two!.message).toMatch(/2026-01-03T00:00:00.000Z.*operator/);
  });

  test.each(['maxOrderUsd', 'maxPositionUsd', 'maxDrawdown', 'maxOrdersPerMinute'] as const)(
    'live from paper keeps to the cap of %s, at it and not beyond',
    (name) => {
      const cap = toLive.trustRoot.caps[name];
      const asked = (value: number) => inputOf(paper, { ...live, risk: { ...live.risk, [name]: value } });
      bound('over_cap', [asked(cap), asked(0)], [asked(cap * 1.0001), asked(Number.MAX_VALUE)]);
      const lower = root(toLive, { caps: { ...toLive.trustRoot.caps, [name]: Number.NaN } });
      expect(codesOf(lower)).toContain('over_cap');
    },
  );

  test('live from paper has one agent at most, under live there may be more', () => {
    bound('too_many_agents', [inputOf(paper, { ...live, agents: [] }), toLive, toTwo], [inputOf(paper, twoAgents)]);
    const [agent] = live.agents;
    const nothing = { ...inputOf(paper, { ...twoAgents, agents: [agent!, agent!] }), from: null };
    expect(codesOf(nothing)).toContain('too_many_agents');
  });

  test('under live one thing rises at a time, and neither account nor stack', () => {
    const rise = (changes: Partial<Posture>) => inputOf(live, { ...live, ...changes });
    const model = { version: '9', digest: digestBytes('9') };
    const both = rise({ model, confidenceThreshold: 0.1 });
    bound('more_than_one_rise', [rise({ model }), rise({ model, agents: [] })], [both]);
    expect(decide(both).reasons.find(({ code }) => code === 'more_than_one_rise')!.message).toMatch(
      /not 2.*confidenceThreshold, model/,
    );
    for (const changes of [{ stack: 'other' }, { account: { venue: 'simulated', id: 'other' } }])
      expect(codesOf({ ...rise(changes), trustRoot: toLive.trustRoot })).toContain('account_only_from_paper');
    expect(codesOf(rise({ model }))).not.toContain('account_only_from_paper');
  });
});

test('a fall is allowed as it is: it needs, consumes and shows nothing', () => {
  const allowed = { verdict: 'allow', reasons: [], needs: [], consumes: [], accepted: [] };
  for (const [from, to] of [
    [live, paper],
    [paper, paper],
    [twoAgents, live],
    [live, live],
  ] as const)
    expect(decide(inputOf(from, to))).toMatchObject(allowed);
});

test('proofs are named in the order in which they are made, and consumed with the approval last', () => {
  const decision = decide(toTwo);
  expect(decision.needs).toEqual(['preflight', 'watch', 'soak', 'approval']);
  expect(decision.consumes).toEqual(decision.needs.map((kind) => one(toTwo, kind).digest));
  expect(decision.accepted.map(({ kind }) => kind)).toEqual(decision.needs);
  const without = decide({ ...toTwo, evidence: toTwo.evidence.filter(({ kind }) => kind !== 'approval') });
  expect(without.accepted.map(({ kind }) => kind)).toEqual(['preflight', 'watch', 'soak']);
});

describe("a drill's own ledger", () => {
  test('waives the drill alone, and consumes none', () => {
    const drill = ledger(toLive, { drill: true });
    const without = (kind: EvidenceKind) => ({
      ...drill,
      evidence: drill.evidence.filter((found) => found.kind !== kind),
    });
    const decision = decide(without('drill'));
    expect(decision.verdict).toBe('allow');
    expect(decision.consumes).not.toContain(one(toLive, 'drill').digest);
    for (const kind of ['preflight', 'snapshot', 'canary', 'approval'] as const)
      expect(codesOf(without(kind))).toContain(`${kind}:missing`);
  });
});
