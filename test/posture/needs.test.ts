import { describe, expect, test } from 'vitest';
import { decide } from '../../posture/decide';
import { describeChange, describeReason } from '../../posture/describe-decision';
import { digestBytes } from '../../posture/digest';
import type { Posture } from '../../posture/posture';
import type { EvidenceKind } from '../../posture/proof';
import { paperPosture } from '../helpers/posture';

const live: Posture = { ...paperPosture, tradingMode: 'live' };
const other = digestBytes('other');
const [agent] = live.agents;

/** The kinds of proof that a change under live needs. */
const needs = (changes: Partial<Posture>, from: Posture | null = live) => {
  const ledger = { readable: false, reason: 'none' } as const;
  const input = { evidence: [], rejected: [], ledger, trustRoot: null, now: 0 };
  return decide({ ...input, from, to: { ...live, ...changes } }).needs;
};
const code = (name: keyof Posture['workloads']) => ({ workloads: { ...live.workloads, [name]: other } });

const full: EvidenceKind[] = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
const newStrategy: EvidenceKind[] = ['preflight', 'canary', 'approval'];
const newGuard: EvidenceKind[] = ['preflight', 'drill', 'approval'];
const looser: EvidenceKind[] = ['soak', 'approval'];

test.each<[string, Partial<Posture>, EvidenceKind[]]>([
  ['another model', { model: { version: '2', digest: other } }, newStrategy],
  ['the code of an agent', { agents: [{ ...agent!, source: other }] }, newStrategy],
  ['the code of the backend', code('backend'), newStrategy],
  ['the code of the model service', code('model-service'), newStrategy],
  ['the code of the gateway', code('gateway'), newGuard],
  ['the code of the guardian', code('guardian'), newGuard],
  ['the code of the orchestrator', code('orchestrator'), newGuard],
  ['the code of the simulated venue', code('simulated-venue'), full],
  ['one more agent', { agents: [agent!, { ...agent!, name: 'x' }] }, ['preflight', 'watch', 'soak', 'approval']],
  ['a looser limit', { risk: { ...live.risk, maxDrawdown: 0.2 } }, looser],
  ['a lower threshold', { confidenceThreshold: 0.1 }, looser],
  ['other symbols', { symbols: ['X'] }, full],
  ['another market', { market: { feed: 'embedded', seed: 9, speed: 60 } }, full],
  ['an opaque setting', { settings: { ...live.settings, backend: other } }, full],
  ['another account', { account: { venue: 'simulated', id: 'x' } }, full],
  ['another stack', { stack: 'x' }, full],
])('%s needs its own proofs, and no others', (_, changes, expected) => {
  expect(needs(changes)).toEqual(expected);
});

test('going live needs everything, from paper and from nothing; a fall needs nothing', () => {
  for (const from of [paperPosture, null]) expect(needs({}, from)).toEqual(full);
  expect(needs({})).toEqual([]);
  expect(needs({ tradingMode: 'paper' })).toEqual([]);
});

test('two rises need the proofs of both', () => {
  expect(needs({ ...code('gateway'), confidenceThreshold: 0.1 })).toEqual(['preflight', 'soak', 'drill', 'approval']);
});

describe('the words of a change', () => {
  const change = (to: unknown) => describeChange({ dimension: 'opaque', what: 'a', from: null, to });

  test('show a value as it is, another as JSON, and what is none as nothing', () => {
    expect(change('text')).toBe('a: null -> text');
    expect(change({ b: [1, null] })).toBe('a: null -> {"b":[1,null]}');
    expect(change(undefined)).toBe('a: null -> nothing');
    expect(change(0)).toBe('a: null -> 0');
  });

  test('show no more of a value than can be read', () => {
    expect(change('b'.repeat(120))).toBe(`a: null -> ${'b'.repeat(120)}`);
    expect(change('b'.repeat(121))).toBe(`a: null -> ${'b'.repeat(117)}...`);
  });
});

test('a reason is told with its code, and with its file where it has one', () => {
  expect(describeReason({ code: 'expired', message: 'it is old' })).toBe('it is old [expired]');
  expect(describeReason({ code: 'expired', message: 'it is old', file: 'a.json' })).toBe(
    'it is old (a.json) [expired]',
  );
});
