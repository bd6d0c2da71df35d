import fc from 'fast-check';
import { digestBytes } from '../../posture/digest';
import { type Posture, workloadNames } from '../../posture/posture';

const code = digestBytes('code');

/** A paper posture with one agent. */
export const paperPosture: Posture = {
  stack: 'main',
  tradingMode: 'paper',
  account: { venue: 'simulated', id: 'simulated-1' },
  agents: [{ name: 'live_trader', command: [], args: [], source: code }],
  symbols: ['BTCUSDT'],
  risk: { maxOrderUsd: 1, maxPositionUsd: 2, maxDrawdown: 0.1, maxOrdersPerMinute: 3 },
  confidenceThreshold: 0.55,
  model: { version: '1', digest: code },
  market: { feed: 'embedded', seed: 1, speed: 60 },
  workloads: Object.fromEntries(workloadNames.map((name) => [name, code])) as Posture['workloads'],
  settings: Object.fromEntries(workloadNames.map((name) => [name, code])) as Posture['settings'],
};

const amount = fc.double({ min: 0, max: 1e9, noNaN: true });
const digest = fc.string().map((text) => digestBytes(text));

/** Any posture at all, as far as its type goes. */
export const anyPosture: fc.Arbitrary<Posture> = fc.record({
  stack: fc.string(),
  tradingMode: fc.constantFrom('paper', 'live'),
  account: fc.record({ venue: fc.string(), id: fc.string() }),
  agents: fc.array(
    fc.record({ name: fc.string(), command: fc.array(fc.string()), args: fc.array(fc.string()), source: digest }),
    { maxLength: 3 },
  ),
  symbols: fc.array(fc.string(), { maxLength: 3 }),
  risk: fc.record({
    maxOrderUsd: amount,
    maxPositionUsd: amount,
    maxDrawdown: amount,
    maxOrdersPerMinute: amount,
  }),
  confidenceThreshold: amount,
  model: fc.record({ version: fc.string(), digest }),
  market: fc.record({ feed: fc.constant('embedded'), seed: fc.integer(), speed: amount }),
  workloads: fc.record(Object.fromEntries(workloadNames.map((name) => [name, digest]))) as fc.Arbitrary<
    Posture['workloads']
  >,
  settings: fc.record(Object.fromEntries(workloadNames.map((name) => [name, digest]))) as fc.Arbitrary<
    Posture['settings']
  >,
});
