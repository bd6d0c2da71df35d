import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { type Posture, workloadNames } from '../../posture/posture';
import { type Change, splitTransition } from '../../posture/transition';
import { anyPosture } from '../helpers/any-posture';
import { paperPosture } from '../helpers/posture';

const live: Posture = { ...paperPosture, tradingMode: 'live' };
const other = digestBytes('other');
const agent = live.agents[0]!;
const second = { ...agent, name: 'second' };
const named = (changes: readonly Change[]) => changes.map(({ dimension, what }) => `${dimension} ${what}`);
const split = (from: Posture | null, to: Posture) => {
  const { rises, falls } = splitTransition(from, to);
  return { rises: named(rises), falls: named(falls) };
};
const venue = (name: string, id = 'simulated-1'): Partial<Posture> => ({ account: { venue: name, id } });
const risk = (changes: Partial<Posture['risk']>): Partial<Posture> => ({ risk: { ...live.risk, ...changes } });

describe('towards paper nothing rises, and from paper the mode alone does', () => {
  test.prop([anyPosture, anyPosture])('whatever else is different', (one, two) => {
    const [paper, asked] = [
      { ...one, tradingMode: 'paper' as const },
      { ...two, tradingMode: 'live' as const },
    ];
    const mode = (from: unknown, to: unknown) => [{ dimension: 'mode', what: 'tradingMode', from, to }];
    expect(splitTransition(asked, paper)).toEqual({ rises: [], falls: mode('live', 'paper') });
    expect(splitTransition(null, paper)).toEqual({ rises: [], falls: [] });
    expect(splitTransition({ ...asked, tradingMode: 'paper' }, paper)).toEqual({ rises: [], falls: [] });
    expect(splitTransition(paper, asked)).toEqual({ rises: mode('paper', 'live'), falls: [] });
    expect(splitTransition(null, asked)).toEqual({ rises: mode(null, 'live'), falls: [] });
  });

  test('a mode that is unknown is no live one', () => {
    const unknown = { ...live, tradingMode: 'dry' as never };
    expect(split(unknown, live)).toEqual({ rises: ['mode tradingMode'], falls: [] });
    expect(split(unknown, paperPosture)).toEqual({ rises: [], falls: [] });
  });
});

describe('under live', () => {
  test.prop([anyPosture])('the same posture is no change, also as a copy', (posture) => {
    const one = { ...posture, tradingMode: 'live' as const };
    expect(splitTransition(one, structuredClone(one))).toEqual({ rises: [], falls: [] });
  });

  // What is less one way is more the other way.
  test.each<[string, Partial<Posture>, Partial<Posture>]>([
    ['agent agents.second', {}, { agents: [agent, second] }],
    ['agent agents.live_trader', { agents: [] }, {}],
    ['symbols symbols', {}, { symbols: ['BTCUSDT', 'ETHUSDT'] }],
    ['symbols symbols', { symbols: [] }, {}],
    ['limit risk.maxOrderUsd', {}, risk({ maxOrderUsd: 1.001 })],
    ['limit risk.maxPositionUsd', {}, risk({ maxPositionUsd: 2.001 })],
    ['limit risk.maxDrawdown', {}, risk({ maxDrawdown: 0.1001 })],
    ['limit risk.maxOrdersPerMinute', {}, risk({ maxOrdersPerMinute: 4 })],
    ['threshold confidenceThreshold', {}, { confidenceThreshold: 0.5499 }],
    ['account account', venue('simulated'), venue('sandbox')],
  ])('%s rises one way and falls the other', (what, less, more) => {
    const [low, high] = [
      { ...live, ...less },
      { ...live, ...more },
    ];
    expect(split(low, high)).toEqual({ rises: [what], falls: [] });
    expect(split(high, low)).toEqual({ rises: [], falls: [what] });
  });

  test.each<[string, Partial<Posture>]>([
    ['stack stack', { stack: 'other' }],
    ['account account', venue('simulated', 'other')],
    ['agent-code agents.live_trader', { agents: [{ ...agent, source: other }] }],
    ['agent-code agents.live_trader', { agents: [{ ...agent, args: ['--fast'] }] }],
    ['agent-code agents.live_trader', { agents: [{ ...agent, command: ['other'] }] }],
    ['agent-code agents.live_trader', { agents: [agent, agent] }],
    ['symbols symbols', { symbols: ['ETHUSDT'] }],
    ['model model', { model: { ...live.model, version: '2' } }],
    ['model model', { model: { ...live.model, digest: other } }],
    ['market market', { market: { feed: 'embedded', seed: 2, speed: 60 } }],
    ...workloadNames.flatMap((name): [string, Partial<Posture>][] => [
      [`code workloads.${name}`, { workloads: { ...live.workloads, [name]: other } }],
      [`opaque settings.${name}`, { settings: { ...live.settings, [name]: other } }],
    ]),
  ])('%s can only be told apart, so that it rises both ways', (what, change) => {
    const changed = { ...live, ...change };
    expect(split(live, changed)).toEqual({ rises: [what], falls: [] });
    expect(split(changed, live)).toEqual({ rises: [what], falls: [] });
  });

  test('one venue that is not simulated is not below another', () => {
    const [sandbox, production] = [
      { ...live, ...venue('sandbox') },
      { ...live, ...venue('production') },
    ];
    expect(split(sandbox, production)).toEqual({ rises: ['account account'], falls: [] });
    expect(split(production, sandbox)).toEqual({ rises: ['account account'], falls: [] });
  });

  test('a change says what it was and what it becomes', () => {
    const changesOf = (change: Partial<Posture>) => {
      const { rises, falls } = splitTransition(live, { ...live, ...change });
      return [...rises, ...falls];
    };
    expect(changesOf({ agents: [agent, second] })).toEqual([
      { dimension: 'agent', what: 'agents.second', from: null, to: [second] },
    ]);
    expect(changesOf({ agents: [] })).toEqual([
      { dimension: 'agent', what: 'agents.live_trader', from: [agent], to: null },
    ]);
    expect(changesOf({ agents: [agent, agent] })).toEqual([
      { dimension: 'agent-code', what: 'agents.live_trader', from: [agent], to: [agent, agent] },
    ]);
    expect(changesOf(risk({ maxOrderUsd: 5 }))).toEqual([
      { dimension: 'limit', what: 'risk.maxOrderUsd', from: 1, to: 5 },
    ]);
    const code = live.workloads.gateway;
    expect(changesOf({ workloads: { ...live.workloads, gateway: other } })).toEqual([
      { dimension: 'code', what: 'workloads.gateway', from: code, to: other, workload: 'gateway' },
    ]);
    expect(changesOf({ settings: { ...live.settings, gateway: other } })).toEqual([
      { dimension: 'opaque', what: 'settings.gateway', from: code, to: other },
    ]);
  });

  test('everything at once is told one by one, agents by their names', () => {
    const from = { ...live, agents: [agent, { ...agent, name: 'b' }, { ...agent, name: 'z' }] };
    const to: Posture = {
      ...live,
      stack: 'other',
      account: { venue: 'sandbox', id: 'other' },
      agents: [
        { ...agent, name: 'a' },
        { ...agent, name: 'b', source: other },
      ],
      symbols: [],
      risk: { maxOrderUsd: 2, maxPositionUsd: 1, maxDrawdown: 0.1, maxOrdersPerMinute: 9 },
      confidenceThreshold: 0.6,
      model: { version: '2', digest: other },
      market: { feed: 'recorded', files: {}, usdPerQuote: 1, speed: 1 },
      workloads: { ...live.workloads, backend: other },
      settings: { ...live.settings, backend: other },
    };
    expect(split(from, to)).toEqual({
      rises: [
        'stack stack',
        'account account',
        'agent agents.a',
        'agent-code agents.b',
        'limit risk.maxOrderUsd',
        'limit risk.maxOrdersPerMinute',
        'model model',
        'market market',
        'code workloads.backend',
        'opaque settings.backend',
      ],
      falls: [
        'agent agents.live_trader',
        'agent agents.z',
        'symbols symbols',
        'limit risk.maxPositionUsd',
        'threshold confidenceThreshold',
      ],
    });
  });

  test.prop([anyPosture, anyPosture])('a transition and its way back name the same changes', (one, two) => {
    const [from, to] = [one, two].map((posture) => ({ ...posture, tradingMode: 'live' as const })) as [
      Posture,
      Posture,
    ];
    const whats = (a: Posture, b: Posture) => {
      const { rises, falls } = splitTransition(a, b);
      return [...rises, ...falls].map(({ what }) => what).sort();
    };
    expect(whats(from, to)).toEqual(whats(to, from));
  });
});
