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
