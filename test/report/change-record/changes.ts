import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decide } from '../../../posture/decide';
import { digestBytes } from '../../../posture/digest';
import { explain } from '../../../posture/explain/explain';
import { digestPosture, type Posture } from '../../../posture/posture';
import type { ChangeRecordInput, EnginePreview } from '../../../report/change-record/input';
import { viewOfGuardian } from '../../../scripts/shared/explained-target';
import { passing } from '../../helpers/claims';
import { haltAt } from '../../helpers/ledger';
import { livePosture, paperPosture, type ReadyStack, secondAgent } from '../../helpers/ready-stack';

/** A change of a stack, on grounds that are made for it. */
export interface Scene {
  /** The base's posture; null for a stack that is new. */
  readonly before: Posture | null;
  readonly after: Posture;
  readonly make?: (stack: ReadyStack) => void;
  readonly input?: (stack: ReadyStack) => Partial<ChangeRecordInput>;
  /** Judged where the stack is not, as CI does. */
  readonly elsewhere?: boolean;
}

const longSoak = { predicate: { measurements: { ...passing.soak, sampledSeconds: 1800 } } };
const file = (stack: ReadyStack, name: string) => path.join(stack.place.evidence, name);

function goLive(stack: ReadyStack): void {
  stack.prove();
  stack.grant();
  stack.wait(55);
}
const proved = (to: Posture) => (stack: ReadyStack) => {
  goLive(stack);
  stack.prove(livePosture, to, { soak: longSoak });
};

const otherModel: Posture = { ...livePosture, model: { version: '2', digest: digestBytes('2') } };
const largerOrders: Posture = { ...livePosture, risk: { ...livePosture.risk, maxOrderUsd: 2 } };
const smallerOrders: Posture = { ...livePosture, risk: { ...livePosture.risk, maxOrderUsd: 0.5 } };
const withCode = (workload: 'gateway' | 'backend'): Posture => ({
  ...livePosture,
  workloads: { ...livePosture.workloads, [workload]: digestBytes('2') },
});

/** A preview as the engine would have run it. */
const previewOf = (posture: Posture, changes: Record<string, string>): Extract<EnginePreview, { state: 'ran' }> => ({
  state: 'ran',
  refused: false,
  changes: Object.entries(changes).map(([name, operation]) => ({ name, operation })),
  violations: [],
  warnings: [],
  seconds: 4.2,
  posture: digestPosture(posture),
});
/** A preview where nothing of the stack is deployed and no ledger is. */
const refusedInCi = (posture: Posture): EnginePreview => ({
  ...previewOf(posture, { posture: 'create' }),
  refused: true,
  violations: [
    { ...mandatory, policy: 'refuse-live-posture', resource: 'posture', message: 'the ledger cannot be read' },
  ],
});
const mandatory = { pack: 'live-promotion', level: 'mandatory' } as const;

/** Twenty and more changes as they are made, each held against an approved record. */
export const scenes: Readonly<Record<string, Scene>> = {
  'to live, every proof': {
    before: paperPosture,
    after: livePosture,
    make: (stack) => stack.prove(),
    input: () => ({ preview: previewOf(livePosture, { posture: 'update', backend: 'update' }), drift: [] }),
  },
  'to live, no proof': { before: paperPosture, after: livePosture },
  'to live, larger limits beside, preview refused': {
    before: paperPosture,
    after: largerOrders,
    make: (stack) => stack.prove(null, largerOrders, { canary: { skip: true } }),
    input: () => ({
      preview: {
        ...previewOf(largerOrders, {}),
        refused: true,
        violations: [
          {
            pack: 'workload-safety',
            level: 'advisory',
            policy: 'advise-in-paper',
            resource: 'backend',
            message: 'no limit on memory',
          },
          {
            ...mandatory,
            policy: 'refuse-live-posture',
            resource: 'posture',
            message: 'a halt is open [halt_open]: see docs/faq.md\n  - it is <b>#42</b>\n  - no proof of canary',
          },
        ],
      },
    }),
  },
  'one more agent, every proof': { before: livePosture, after: secondAgent, make: proved(secondAgent) },
  'a larger limit, every proof': {
    before: livePosture,
    after: largerOrders,
    make: proved(largerOrders),
    input: () => ({ preview: previewOf(largerOrders, { posture: 'update', backend: 'update', gateway: 'update' }) }),
  },
  'a larger limit, expiring': {
    before: livePosture,
    after: largerOrders,
    make: (stack) => {
      proved(largerOrders)(stack);
      stack.wait(25);
      stack.renew();
    },
  },
  'a larger limit, expired': {
    before: livePosture,
    after: largerOrders,
    make: (stack) => {
      proved(largerOrders)(stack);
      stack.wait(61);
      stack.renew();
    },
  },
  'a lower threshold, no proof': {
    before: livePosture,
    after: { ...livePosture, confidenceThreshold: 0.5 },
    make: goLive,
  },
  'another model, its canary failed': {
    before: livePosture,
    after: otherModel,
    make: (stack) => {
      proved(otherModel)(stack);
      const measuredAt = new Date(stack.now - 30_000).toISOString();
      const measurements = { ...passing.canary, verdict: 'reject' as const };
      stack.store('canary', livePosture, otherModel, { predicate: { passed: false, measuredAt, measurements } });
    },
  },
  'back to the model before, a return': {
    before: otherModel,
    after: livePosture,
    make: (stack) => {
      proved(otherModel)(stack);
      stack.grant(otherModel);
      stack.wait(5);
    },
  },
  'another gateway on Docker': {
    before: livePosture,
    after: withCode('gateway'),
    make: goLive,
    input: () => ({ platform: { before: 'docker', after: 'docker' } }),
  },
  'another backend on Kubernetes, every proof': {
    before: livePosture,
    after: withCode('backend'),
    make: proved(withCode('backend')),
    input: () => ({ platform: { before: 'kubernetes', after: 'kubernetes' } }),
  },
  'another account': {
    before: livePosture,
    after: { ...livePosture, account: { venue: 'sandbox', id: 'sandbox-1' } },
    make: goLive,
  },
  'mixed: two rises and a fall': {
    before: livePosture,
    after: { ...largerOrders, symbols: ['ETHUSDT'], confidenceThreshold: 0.7 },
    make: goLive,
  },
  'a smaller limit': { before: livePosture, after: smallerOrders, make: goLive },
  'a smaller limit, but nothing stands granted': { before: livePosture, after: smallerOrders },
  'to paper': {
    before: livePosture,
    after: paperPosture,
    make: goLive,
    input: () => ({ preview: previewOf(paperPosture, { posture: 'update', backend: 'update' }), drift: [] }),
  },
  'to paper, everything broken': {
    before: largerOrders,
    after: { ...paperPosture, symbols: ['ETHUSDT'] },
    make: (stack) => {
      goLive(stack);
      writeFileSync(file(stack, 'canary-00000000T000000Z-unsigned.json'), '{}');
      writeFileSync(stack.files.ledger, 'garbage\n');
    },
    input: () => ({
      preview: { state: 'failed', code: 'engine_missing', message: 'no engine was found', details: ['cutover doctor'] },
    }),
  },
  'tampered evidence': {
    before: paperPosture,
    after: livePosture,
    make: (stack) => {
      const stored = stack.prove();
      const forged = JSON.parse(readFileSync(stored.canary!.file, 'utf8'));
      forged.signatures = JSON.parse(readFileSync(stored.preflight!.file, 'utf8')).signatures;
      writeFileSync(stored.canary!.file, JSON.stringify(forged));
      rmSync(stored.drill!.file);
      stack.store('drill', null, livePosture, { predicate: { stack: 'night' } });
    },
  },
  'nothing changes': { before: paperPosture, after: paperPosture },
  'paper, another model': {
    before: paperPosture,
    after: { ...otherModel, tradingMode: 'paper' },
    input: () => ({ preview: previewOf({ ...otherModel, tradingMode: 'paper' }, { 'model-service': 'update' }) }),
  },
  'values unknown at preview': {
    before: paperPosture,
    after: livePosture,
    make: (stack) => stack.prove(),
    input: () => ({
      preview: {
        ...previewOf(livePosture, { posture: 'update' }),
        refused: true,
        violations: [
          {
            ...mandatory,
            policy: 'refuse-live-workload',
            resource: 'backend',
            message: 'expected inputs that are known, received values that are known after the update only',
          },
        ],
      },
    }),
  },
  'first deploy in paper': {
    before: null,
    after: paperPosture,
    input: () => ({
      platform: { before: null, after: 'process' },
      notes: [{ code: 'stack_is_new', text: 'stack main is not in base (0123456789): everything is new' }],
    }),
  },
  'first deploy straight to live': {
    before: null,
    after: livePosture,
    input: () => ({ platform: { before: null, after: 'process' } }),
  },
  'a halt is open': {
    before: paperPosture,
    after: livePosture,
    make: (stack) => {
      stack.append(haltAt(stack.now - 60_000, 'drawdown over 10 % | see <b>#42</b> @desk'));
      stack.prove();
    },
    input: () => ({ drift: ['orchestrator is stopped: no process has its mark'] }),
  },
  'no ledger, other code': {
    before: livePosture,
    after: largerOrders,
    make: (stack) => {
      proved(largerOrders)(stack);
      rmSync(stack.files.ledger);
    },
    input: () => ({
      notes: [
        { code: 'code_not_compared', text: 'what these differ in cannot be seen in it: agents/own.js and 3 more' },
      ],
    }),
  },
  'in CI, to live': {
    before: paperPosture,
    after: livePosture,
    make: (stack) => stack.prove(),
    elsewhere: true,
    input: () => ({ preview: refusedInCi(livePosture) }),
  },
  'in CI, a smaller limit': {
    before: livePosture,
    after: smallerOrders,
    make: goLive,
    elsewhere: true,
    input: () => ({ preview: refusedInCi(smallerOrders) }),
  },
  'in CI, two rises': {
    before: livePosture,
    after: { ...largerOrders, confidenceThreshold: 0.5 },
    make: goLive,
    elsewhere: true,
  },
  'another platform': {
    before: paperPosture,
    after: paperPosture,
    input: () => ({ platform: { before: 'process', after: 'docker' }, preview: previewOf(livePosture, {}) }),
  },
};

const ledgerElsewhere = { readable: false, reason: 'it is with the stack' } as const;

/** What a scene's record is made from, decided as between two revisions. */
export function inputOf(stack: ReadyStack, { before, after, make, input, elsewhere }: Scene): ChangeRecordInput {
  make?.(stack);
  const grounds = elsewhere ? { ...stack.grounds(), from: null, ledger: ledgerElsewhere } : stack.grounds();
  const from = before?.tradingMode === 'live' ? before : null;
  const digestOf = (posture: Posture | null) => posture && digestPosture(posture);
  const differs = digestOf(grounds.from) !== digestOf(from);
  const judged = { ...grounds, from, to: after };
  return {
    explanation: explain(judged, decide(judged), before),
    before,
    after,
    platform: { before: 'process', after: 'process' },
    compared: {
      base: { revision: 'origin/main', commit: '0123456789abcdef0123456789abcdef01234567' },
      head: { revision: 'HEAD', commit: 'fedcba9876543210fedcba9876543210fedcba98' },
    },
    guardian: differs && grounds.ledger.readable ? viewOfGuardian(grounds, after) : null,
    notes: [
      {
        code: 'code_of_working_tree',
        text: 'the code of the shipped workloads is that of dist/; nothing else differs in git',
      },
      ...(elsewhere
        ? [{ code: 'ledger_elsewhere', text: 'a rise is judged with the ledger, where the stack is' }]
        : []),
    ],
    openHalts: grounds.ledger.readable ? grounds.ledger.openHalts : null,
    preview: { state: 'not_run' },
    drift: null,
    configFile: 'stacks/Pulumi.main.yaml',
    ...input?.(stack),
  };
}
