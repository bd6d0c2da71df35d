import { fc } from '@fast-check/vitest';
import { digestBytes } from '../../posture/digest';
import { type Posture, workloadNames } from '../../posture/posture';

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
