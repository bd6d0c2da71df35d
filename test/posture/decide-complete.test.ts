import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { type DecisionInput, decide } from '../../posture/decide';
import { digestBytes } from '../../posture/digest';
import { digestTransition } from '../../posture/judge-approval';
import { expectedMeasured } from '../../posture/judge-evidence';
import { digestPosture, type Posture } from '../../posture/posture';
import type { Evidence, EvidenceKind, LedgerView } from '../../posture/proof';
import { paperPosture } from '../helpers/posture';
import { makeTrust } from '../helpers/trust';

// Every reason at once: of any set of flaws that do not hide each other, each is named, and nothing else is.
const { root: trustRoot } = makeTrust({ venue: 'real', account: 'real-1' });
const now = Date.UTC(2026, 5, 1);
const minute = 60_000;
const { account } = trustRoot;
const from: Posture = { ...paperPosture, account };
const small: Posture = { ...from, tradingMode: 'live', risk: trustRoot.caps };
const [agent] = paperPosture.agents as [Posture['agents'][0]];
const head = digestBytes('head');
type Proved = DecisionInput & { readonly ledger: LedgerView & { readable: true } };

const digestOf = (kind: EvidenceKind) => digestBytes(kind);

function prove(to: Posture): Proved {
  const { needs } = decide({ from, to, evidence: [], rejected: [], ledger: ledgerView, trustRoot, now });
  const shared = {
    stack: to.stack,
    account,
    target: digestPosture(to),
    passed: true,
    feed: 'venue',
    timeScale: 1,
  } as const;
  const evidence = needs.map(
    (kind): Evidence => ({
      ...shared,
      kind,
      digest: digestOf(kind),
      name: `${kind}.json`,
      keyIds: [kind === 'approval' ? 'approver' : 'measure'],
      measured: expectedMeasured(kind, from, to)!,
      measuredAt: now - 5 * minute,
      ...(kind === 'canary' ? { margin: 0, dataFrom: 2, trainedUntil: 1 } : {}),
      ...(kind === 'approval'
        ? {
            approves: {
              transition: digestTransition(from, to),
              ledgerHead: head,
              evidence: needs.map(digestOf),
              expiresAt: now + 30 * minute,
            },
          }
        : {}),
    }),
  );
  return { from, to, evidence, rejected: [], ledger: ledgerView, trustRoot, now };
}

const ledgerView: Proved['ledger'] = {
  readable: true,
  genesis: trustRoot.genesis,
  head,
  seq: 1,
  newestTime: now - minute,
  standing: null,
  openHalts: [],
  consumed: new Set(),
  drill: false,
};

/** What is wrong: with the posture asked for, or with the rest. */
interface Flaw {
  readonly code: string;
  readonly ask?: (to: Posture) => Posture;
  readonly spoil?: (input: Proved) => Proved;
}

const edit = (kind: EvidenceKind, change: (one: Evidence) => Partial<Evidence>) => (input: Proved) => ({
  ...input,
  evidence: input.evidence.map((one) => (one.kind === kind ? { ...one, ...change(one) } : one)),
});
const ledger = (change: (of: Proved['ledger']) => Partial<Proved['ledger']>) => (input: Proved) => ({
  ...input,
  ledger: { ...input.ledger, ...change(input.ledger) },
});
const use = (kind: EvidenceKind) => ledger(({ consumed }) => ({ consumed: new Set([...consumed, digestOf(kind)]) }));

const ofMeasurement = (kind: EvidenceKind): Flaw[] => [
  { code: `${kind}:failed`, spoil: edit(kind, () => ({ passed: false })) },
  { code: `${kind}:already_used`, spoil: use(kind) },
  { code: `${kind}:scaled_clock`, spoil: edit(kind, () => ({ timeScale: 60 })) },
  { code: `${kind}:simulated_feed`, spoil: edit(kind, () => ({ feed: 'embedded' })) },
  { code: `${kind}:expired`, spoil: edit(kind, () => ({ measuredAt: now - 9e9 })) },
];

const flaws: readonly Flaw[] = [
  { code: 'too_many_agents', ask: (to) => ({ ...to, agents: [agent, { ...agent, name: 'other' }] }) },
  { code: 'over_cap', ask: (to) => ({ ...to, risk: { ...to.risk, maxOrderUsd: to.risk.maxOrderUsd + 1 } }) },
  { code: 'halt_open', spoil: ledger(() => ({ openHalts: [{ haltedAt: now, reason: 'x' }] })) },
  { code: 'clock_stepped_back', spoil: ledger(() => ({ newestTime: now + minute + 1 })) },
  { code: 'ledger_foreign', spoil: ledger(() => ({ genesis: head })) },
  { code: 'trust_root_foreign', spoil: (input) => ({ ...input, trustRoot: { ...trustRoot, stack: 'another' } }) },
  ...(['preflight', 'snapshot', 'canary'] as const).flatMap(ofMeasurement),
  { code: 'canary:wide_margin', spoil: edit('canary', () => ({ margin: 1 })) },
  { code: 'canary:trained_on', spoil: edit('canary', () => ({ dataFrom: 1 })) },
  // What stays good: an approval is held against the evidence that counts.
  { code: 'approval:same_signer', spoil: edit('drill', () => ({ keyIds: ['measure', 'approver'] })) },
  { code: 'approval:already_used', spoil: use('approval') },
  {
    code: 'approval:other_ledger_head',
    spoil: edit('approval', ({ approves }) => ({ approves: { ...approves!, ledgerHead: trustRoot.genesis } })),
  },
  {
    code: 'approval:expired',
    spoil: edit('approval', ({ approves }) => ({ approves: { ...approves!, expiresAt: now } })),
  },
];

function codesWith(some: readonly Flaw[]): string[] {
  const to = some.reduce((posture, { ask }) => ask?.(posture) ?? posture, small);
  const input = some.reduce((proved, { spoil }) => spoil?.(proved) ?? proved, prove(to));
  return decide(input).reasons.map(({ code, proof }) => (proof ? `${proof}:${code}` : code));
}

it('nothing is against what has no flaw', () => {
  expect(codesWith([])).toEqual([]);
});

it.each(flaws)('one flaw has one reason: $code', (flaw) => {
  expect(codesWith([flaw])).toEqual([flaw.code]);
});

test.prop([fc.subarray([...flaws])], { numRuns: 500 })('every flaw of many is named, and nothing else', (some) => {
  expect(codesWith(some).sort()).toEqual(some.map(({ code }) => code).sort());
});

it('all of them at once are all named', () => {
  expect(codesWith(flaws)).toHaveLength(flaws.length);
});
