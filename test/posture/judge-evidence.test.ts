import { expect, test } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { expectedMeasured, judgeEach, judgeKind, type ProofContext } from '../../posture/judge-evidence';
import { digestPosture, type Posture } from '../../posture/posture';
import type { Evidence, EvidenceKind } from '../../posture/proof';
import { paperPosture } from '../helpers/posture';
import { makeTrust } from '../helpers/trust';

const { root } = makeTrust();
const now = Date.UTC(2026, 5, 1);
const from: Posture = { ...paperPosture, tradingMode: 'live' };
const to: Posture = { ...from, confidenceThreshold: 0.1 };

/** What is about the transition, with nothing that a kind of its own needs. */
const about = (kind: EvidenceKind, name: string, measuredAt: number): Evidence => ({
  kind,
  digest: digestBytes(name),
  name,
  keyIds: ['measure'],
  stack: to.stack,
  account: to.account,
  measured: expectedMeasured(kind, from, to)!,
  target: digestPosture(to),
  passed: true,
  measuredAt,
  feed: 'embedded',
  timeScale: 1,
});

const context = (...evidence: Evidence[]): ProofContext => ({
  from,
  to,
  evidence,
  rejected: [],
  ledger: {
    readable: true,
    genesis: root.genesis,
    head: digestBytes('head'),
    seq: 1,
    newestTime: now,
    standing: { posture: from, digest: digestPosture(from), grantedAt: 0 },
    openHalts: [],
    consumed: new Set(),
    drill: false,
  },
  trustRoot: root,
  now,
});

test('each evidence of a kind is judged by itself, the newest first', () => {
  const [old, young, middle] = [about('canary', 'old', 1), about('canary', 'young', 3), about('canary', 'middle', 2)];
  const judged = judgeEach('canary', context(old!, young!, about('preflight', 'other', 4), middle!));
  expect(judged.map(({ one }) => one.name)).toEqual(['young', 'middle', 'old']);
});

test('what an evidence does not say is told apart from what it says', () => {
  expect(judgeKind('canary', context(about('canary', 'c', now)))).toEqual({
    flaws: [
      {
        code: 'wide_margin',
        reason: `the canary was judged with a margin of nobody knows what, at most ${root.canaryMargin} counts`,
        name: 'c',
      },
    ],
  });
  const soak = { ...about('soak', 's', now), sampledSeconds: root.sampleSeconds.soak };
  expect(judgeKind('soak', context(soak))).toEqual({
    flaws: [
      {
        code: 'closes_source',
        reason: 'soak found its closed trades in none, expected in a record that is declared',
        name: 's',
      },
    ],
  });
});
