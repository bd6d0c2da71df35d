import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { type DecisionInput, decide } from '../../posture/decide';
import { describeReason, describeRefusal } from '../../posture/describe-decision';
import { digestBytes } from '../../posture/digest';
import { explain } from '../../posture/explain/explain';
import { renderJson } from '../../posture/explain/explanation-json';
import { renderText } from '../../posture/explain/explanation-text';
import { digestPosture, hasDigest, type Posture } from '../../posture/posture';
import { type Evidence, type EvidenceKind, type LedgerView, signerOf, type TrustRoot } from '../../posture/proof';
import { anyPosture } from '../helpers/any-posture';
import { makeTrust } from '../helpers/trust';

// `decide` is total: whatever it is handed that has the form of its input, it answers, and says why.
const { root } = makeTrust();
const kinds = Object.keys(signerOf) as EvidenceKind[];

/** Times and amounts as hostile as JSON and clocks allow. */
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 9e15, Date.UTC(2026, 0, 1)),
);
const text = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'simulated', 'main'));
const account = fc.record({ venue: text, id: text });

/** Few postures, so that they meet: as the one before, the one asked for, and what evidence speaks of. */
const postures = fc.tuple(anyPosture, anyPosture).map(([one, other]) => {
  const live = { ...one, tradingMode: 'live' } as const;
  const versions: Posture[] = [
    ...[one, other, live, { ...live, model: other.model }, { ...live, risk: other.risk }],
    // No JSON: a number that is none, half a character.
    { ...live, confidenceThreshold: Number.NaN },
    { ...live, symbols: ['\ud800'] },
  ];
  return versions.flatMap((posture) => [posture, { ...posture, stack: root.stack, account: root.account }]);
});

const digest = (of: readonly Posture[]) =>
  fc.constantFrom(...of.filter(hasDigest).map((posture) => digestPosture(posture)), root.genesis, digestBytes('head'));

const evidenceOf = (of: readonly Posture[]): fc.Arbitrary<Evidence> =>
  fc.record(
    {
      kind: fc.constantFrom(...kinds),
      digest: digest(of),
      name: text,
      keyIds: fc.array(text, { maxLength: 3 }),
      stack: text,
      account,
      measured: digest(of),
      target: digest(of),
      passed: fc.boolean(),
      measuredAt: number,
      feed: fc.constantFrom('embedded', 'recorded', 'venue'),
      timeScale: number,
      dataFrom: number,
      trainedUntil: number,
      margin: number,
      sampledSeconds: number,
      closes: fc.record({ source: text, count: number, expectedSource: text, minimum: number }),
      drillAccount: text,
      approves: fc.record({
        transition: digest(of),
        ledgerHead: digest(of),
        evidence: fc.array(digest(of), { maxLength: 3 }),
        expiresAt: number,
      }),
    },
    {
      requiredKeys: [
        'kind',
        'digest',
        'name',
        'keyIds',
        'stack',
        'account',
        'measured',
        'target',
        'passed',
        'measuredAt',
        'feed',
        'timeScale',
      ],
    },
  ) as fc.Arbitrary<Evidence>;

const grantedOf = (of: readonly Posture[]) =>
  fc.record({ posture: fc.constantFrom(...of), digest: digest(of), grantedAt: number });

const ledgerOf = (of: readonly Posture[]): fc.Arbitrary<LedgerView> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ readable: fc.constant(false as const), reason: text }) },
    {
      weight: 5,
      arbitrary: fc.record(
        {
          readable: fc.constant(true as const),
          genesis: digest(of),
          head: digest(of),
          seq: number,
          newestTime: number,
          standing: fc.option(
            fc.record(
              {
                posture: fc.constantFrom(...of),
                digest: digest(of),
                grantedAt: number,
                predecessor: grantedOf(of),
                isReturn: fc.boolean(),
              },
              { requiredKeys: ['posture', 'digest', 'grantedAt'] },
            ),
          ),
          openHalts: fc.array(fc.record({ haltedAt: number, reason: text }), { maxLength: 2 }),
          consumed: fc.array(digest(of), { maxLength: 3 }).map((list) => new Set(list)),
          returned: fc.array(digest(of), { maxLength: 3 }).map((list) => new Set(list)),
          drill: fc.boolean(),
        },
        {
          requiredKeys: [
            'readable',
            'genesis',
            'head',
            'seq',
            'newestTime',
            'standing',
            'openHalts',
            'consumed',
            'drill',
          ],
        },
      ) as fc.Arbitrary<LedgerView>,
    },
  );

const perKind = fc.record(Object.fromEntries(kinds.map((kind) => [kind, number]))) as fc.Arbitrary<
  TrustRoot['freshSeconds']
>;
const trustRoot: fc.Arbitrary<TrustRoot | null> = fc.oneof(
  fc.constant(null),
  fc.constant(root),
  fc
    .record({
      stack: text,
      account,
      caps: fc.record({ maxOrderUsd: number, maxPositionUsd: number, maxDrawdown: number, maxOrdersPerMinute: number }),
      freshSeconds: perKind,
      sampleSeconds: fc.record({ watch: number, soak: number }),
      canaryMargin: number,
      rollbackWindowSeconds: number,
    })
    .map((changed) => ({ ...root, ...changed })),
);

const inputs: fc.Arbitrary<DecisionInput> = postures.chain((of) =>
  fc.record({
    from: fc.option(fc.constantFrom(...of)),
    to: fc.constantFrom(...of),
    evidence: fc.array(evidenceOf(of), { maxLength: 6 }),
    rejected: fc.array(fc.record({ name: text, code: text, reason: text }), { maxLength: 2 }),
    ledger: ledgerOf(of),
    trustRoot,
    now: number,
  }),
);

test.prop([inputs], { numRuns: 500 })('decides whatever it is asked, and a refusal has reasons', (input) => {
  const before = structuredClone(input);
  const decision = decide(input);
  expect(input).toEqual(before);
  expect(decide(input)).toEqual(decision);
  const isAllowed = decision.verdict === 'allow';
  expect(decision.reasons.length === 0).toBe(isAllowed);
  for (const reason of [...decision.reasons, ...decision.againstReturn]) {
    expect(reason.code).toMatch(/./);
    expect(describeReason(reason)).toContain(reason.code);
  }
  expect(describeRefusal(decision)).toMatch(/./);
  if (!isAllowed) expect([decision.consumes, decision.return]).toEqual([[], null]);
  if (decision.return) expect([decision.needs, decision.consumes, decision.againstReturn]).toEqual([[], [], []]);
});

test.prop([inputs], { numRuns: 500 })('allows no rise over what stands against every rise', (input) => {
  const decision = decide(input);
  if (decision.rises.length === 0) {
    expect(decision.verdict).toBe('allow');
    return;
  }
  const { from, ledger, trustRoot: trusted, now } = input;
  if (decision.verdict === 'refuse') return;
  expect(ledger.readable && trusted !== null && ledger.openHalts.length === 0).toBe(true);
  expect(ledger.readable && ledger.genesis === trusted?.genesis).toBe(true);
  expect(ledger.readable && now >= ledger.newestTime - 60_000).toBe(true);
  if (from?.tradingMode === 'live') expect(decision.rises).toHaveLength(1);
  // Without a proof only as a return, and that only under live.
  if (decision.consumes.length === 0) expect(decision.return && from?.tradingMode).toBe('live');
});

test.prop([inputs], { numRuns: 300 })(
  'explains whatever it decides, of the same verdict, in text and in JSON',
  (input) => {
    const decision = decide(input);
    const explanation = explain(input, decision);
    expect(explanation.verdict).toBe(decision.verdict);
    expect(explanation.reasons.map(({ code }) => code).sort()).toEqual(decision.reasons.map(({ code }) => code).sort());
    expect(explanation.gates.map(({ proof }) => proof)).toEqual(decision.needs);
    expect(renderText(explanation, { width: 80, everything: true }).join('\n')).not.toMatch(/undefined/);
    expect(JSON.parse(JSON.stringify(renderJson(explanation))).verdict).toBe(decision.verdict);
  },
);
