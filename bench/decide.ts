import { defaultsFor } from '../evidence/trust-root';
import { type DecisionInput, decide } from '../posture/decide';
import { digestBytes } from '../posture/digest';
import { digestTransition } from '../posture/judge-approval';
import { expectedMeasured } from '../posture/judge-evidence';
import { digestPosture, type Posture, workloadNames } from '../posture/posture';
import { type Evidence, type EvidenceKind, signerOf } from '../posture/proof';
import { type BenchResult, compare, judged, median, timeOf } from './measure';

const many = 10_000;
const few = 1_000;
/** Milliseconds that a decision on many may take, and how much more than its share of one on few. */
const boundMs = 100;
const linear = 1.5;
const warmUp = 20;

/**
 * One decision on 10,000 evidences, against the bound of 100 ms, and against ten on 1,000 each: a
 * decision whose time is not linear in the evidence could be made to never end. Milliseconds.
 */
export async function benchDecide(_progress: (message: string) => void, count = 7): Promise<BenchResult[]> {
  const large = inputOf(many);
  // As much evidence as the large one has: what is in the processor's cache must not make the difference.
  const small = Array.from({ length: many / few }, () => inputOf(few));
  const decideOn = async (input: DecisionInput) => {
    if (decide(input).verdict !== 'allow') throw new Error('expected what was proved to be allowed');
  };
  const decideOnSmall = async () => {
    for (const input of small) await decideOn(input);
  };
  // Until both sides are compiled.
  for (let run = 0; run < warmUp; run += 1) {
    await decideOn(large);
    await decideOnSmall();
  }
  const times: number[] = [];
  for (let run = 0; run < count; run += 1) times.push(1_000 * (await timeOf(() => decideOn(large))));
  const pair = await compare('decide-linear', linear, count, () => decideOn(large), decideOnSmall);
  return [
    judged({ name: 'decide-10000', ours: median(times), peer: boundMs, aim: 1, unit: 'ms' }),
    { ...pair, ours: (1_000 * pair.ours * few) / many, peer: (1_000 * pair.peer * few) / many, unit: 'ms per 1000' },
  ];
}

const code = digestBytes('code');
const each = Object.fromEntries(workloadNames.map((name) => [name, code])) as Posture['workloads'];
const to: Posture = {
  stack: 'main',
  tradingMode: 'live',
  account: { venue: 'simulated', id: 'simulated-1' },
  agents: [{ name: 'live_trader', command: [], args: [], source: code }],
  symbols: ['BTCUSDT'],
  risk: { maxOrderUsd: 1, maxPositionUsd: 2, maxDrawdown: 0.1, maxOrdersPerMinute: 3 },
  confidenceThreshold: 0.55,
  model: { version: '1', digest: code },
  market: { feed: 'embedded', seed: 1, speed: 60 },
  workloads: each,
  settings: each,
};
const now = Date.UTC(2026, 0, 1);
const [genesis, head] = [digestBytes('genesis'), digestBytes('head')];
const kinds = ['preflight', 'snapshot', 'canary', 'drill', 'approval'] as const;

/**
 * A change with so many evidences, all of them of this change: of each kind an old fail and passes from then on, and as
 * many approvals, of which the oldest alone names what is there. So nothing can be put aside at first sight.
 */
function inputOf(count: number): DecisionInput {
  const perKind = count / kinds.length;
  const evidence = kinds.flatMap((kind) => Array.from({ length: perKind }, (_, index) => make(kind, index)));
  const role = { keys: {}, threshold: 1 };
  return {
    from: null,
    to,
    evidence,
    rejected: [],
    ledger: {
      readable: true,
      genesis,
      head,
      seq: 1,
      newestTime: now - 60_000,
      standing: null,
      openHalts: [],
      consumed: new Set(),
      drill: false,
    },
    trustRoot: {
      version: 1,
      stack: to.stack,
      account: to.account,
      genesis,
      roles: { guardian: role, measure: role, approver: role },
      ...defaultsFor('simulated'),
    },
    now,
  };
}

const nameOf = (kind: EvidenceKind, index: number) => digestBytes(`${kind} ${index}`);

function make(kind: EvidenceKind, index: number): Evidence {
  const measured = kinds.filter((one) => one !== 'approval');
  // All approvals but the oldest name evidence that is not there.
  const approved = index === 0 ? 1 : -index;
  return {
    kind,
    digest: nameOf(kind, index),
    name: `${kind}-${index}.json`,
    keyIds: [signerOf[kind]],
    stack: to.stack,
    account: to.account,
    measured: expectedMeasured(kind, null, to) ?? digestPosture(to),
    target: digestPosture(to),
    // The oldest come first.
    passed: kind === 'approval' || index > 0,
    measuredAt: now - 1_500_000 + index * 100,
    feed: 'embedded',
    timeScale: 1,
    margin: 0,
    ...(kind === 'approval'
      ? {
          approves: {
            transition: digestTransition(null, to),
            ledgerHead: head,
            evidence: measured.map((one) => nameOf(one, approved)),
            expiresAt: now + 600_000,
          },
        }
      : {}),
  };
}
