import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { hashEntry, noEntry } from '../../ledger/chain';
import { digestBytes } from '../../posture/digest';
import { stepGuardian } from '../../protocol/guardian-machine';
import { type GuardianEvent, type GuardianState, type Observation, startGuardian } from '../../protocol/guardian-state';
import type { ReadableLedger } from '../../protocol/ledger-port';

const genesis = hashEntry({ seq: 0, prev: noEntry, digest: digestBytes('genesis') });
const pins = { account: { venue: 'simulated', id: 'one' }, stack: 'main', genesis };
const posture = digestBytes('live');
const other = digestBytes('other');
const start = { wallMs: 1e12, monoMs: 5_000 };
const at = { seq: 0, head: genesis };
const challenge = { gatewayStart: 'g1', nonce: 'n1', ledger: at, token: 7, halts: [] as string[] };
const ledger: ReadableLedger = {
  readable: true,
  genesis,
  at,
  standing: { posture, grantedAt: start.wallMs - 1_000 },
  halts: [],
  closes: [],
  after: ({ head }) => (head === genesis ? [] : null),
};
const seen: Observation = {
  startedAt: start.monoMs + 10,
  mode: 'live',
  posture,
  limits: { maxOrderUsd: 1, maxPositionUsd: 1, maxOrdersPerMinute: 1, symbols: ['BTC'] },
  instances: [{ key: 'trader', starts: ['1'] }],
  gatewayStart: 'g1',
  tripped: [],
  renewedAt: null,
  ledger,
};

function step(state: GuardianState, event: GuardianEvent, now = start) {
  return stepGuardian(state, event, now, (bytes) => `signed ${bytes.length}`);
}

/** What a guardian that holds this challenge does when it observes this. */
function observe(change: Partial<Observation>, asked = challenge, now = { ...start, monoMs: start.monoMs + 20 }) {
  const { state } = step(startGuardian(pins), { kind: 'challengeReceived', challenge: asked });
  return step(state, { kind: 'observed', observation: { ...seen, ...change } }, now);
}

const kinds = ({ effects }: ReturnType<typeof step>) => effects.map(({ kind }) => kind);

it('issues a permit when all is well, once a challenge', () => {
  const { state, effects } = observe({});
  expect(effects).toMatchObject([
    { kind: 'sendPermit', signed: { permit: { token: 8, nonce: 'n1' } } },
    { kind: 'persistRenewal' },
  ]);
  expect(kinds(step(state, { kind: 'observed', observation: seen }))).not.toContain('sendPermit');
});

it.each<[string, Partial<Observation>, typeof challenge?]>([
  ['paper', { mode: 'paper' }],
  ['ledger_unreadable', { ledger: { readable: false, reason: 'torn' } }],
  ['ledger_unreadable', { ledger: { ...ledger, genesis: other } }],
  ['halted', { ledger: { ...ledger, halts: ['h1'] } }],
  ['halted', {}, { ...challenge, halts: ['h1'] }],
  ['not_granted', { posture: other }],
  ['not_granted', { ledger: { ...ledger, standing: null } }],
  ['grant_lapsed', { ledger: { ...ledger, standing: { posture, grantedAt: start.wallMs - 3_600_000 } } }],
  ['grant_lapsed', { renewedAt: start.wallMs + 61_000 }],
  ['instances', { instances: [] }],
  ['instances', { instances: [...seen.instances, { key: 'second', starts: ['2'] }] }],
  ['rule_tripped', { tripped: ['error_rate'] }],
  ['gateway_start', { gatewayStart: 'g2' }],
  ['observed_before_challenge', { startedAt: start.monoMs - 1 }],
  ['ledger_behind', {}, { ...challenge, ledger: { seq: 3, head: other } }],
])('issues nothing: %s', (code, change, asked) => {
  const done = observe(change, asked);
  expect(kinds(done)).not.toContain('sendPermit');
  expect(done.effects.flatMap((effect) => (effect.kind === 'report' ? effect.failures : []))).toContain(code);
});

it('appends the grant and issues nothing until the ledger holds it', () => {
  const asked = observe({ posture: other });
  expect(asked.effects).toContainEqual({ kind: 'decide', posture: other, previous: posture, at });
  const decision = { allow: true, evidence: [digestBytes('evidence')] } as const;
  const decided = step(asked.state, { kind: 'decided', posture: other, previous: posture, at, decision });
  expect(decided.effects).toMatchObject([{ kind: 'append', body: { kind: 'grant', previous: posture }, expected: at }]);
  const failed = step(decided.state, { kind: 'appendFailed', write: 1 });
  expect(kinds(failed)).toEqual([]);
});

it('grants a return only after it has revoked the permit, and says that it is one', () => {
  const asked = observe({ posture: other });
  // What was observed has taken the permit away already; nothing is issued before the ledger holds the grant.
  expect(kinds(asked).slice(0, 1)).toEqual(['revoke']);
  const decision = { allow: true, evidence: [], isReturn: true } as const;
  const decided = step(asked.state, { kind: 'decided', posture: other, previous: posture, at, decision });
  const body = { kind: 'grant', posture: other, previous: posture, evidence: [], isReturn: true };
  expect(decided.effects).toEqual([{ kind: 'revoke' }, { kind: 'append', write: 1, body, expected: at }]);
  const rise = { allow: true, evidence: [] } as const;
  const risen = step(asked.state, { kind: 'decided', posture: other, previous: posture, at, decision: rise });
  expect(kinds(risen)).toEqual(['append']);
  expect(risen.effects[0]).not.toHaveProperty('body.isReturn');
});

it.each<[string, (state: GuardianState) => GuardianState]>([
  ['a halt is on its way', (state) => step(state, { kind: 'haltAsked', request: 'r', id: 'h', reason: 'x' }).state],
  ['another posture was observed since', (state) => ({ ...state, deciding: digestBytes('third') })],
  ['something is being appended', (state) => ({ ...state, appending: { write: 9, body: {} as never } })],
])('grants no return where %s', (_what, change) => {
  const { state } = observe({ posture: other });
  const decision = { allow: true, evidence: [], isReturn: true } as const;
  const decided = step(change(state), { kind: 'decided', posture: other, previous: posture, at, decision });
  expect(decided.effects).toEqual([]);
});

it('ends the grant when another posture is refused, and when paper is observed', () => {
  const end = { kind: 'append', body: { kind: 'end', posture, reason: 'other_posture' } };
  const { state } = observe({ posture: other });
  const refused = step(state, { kind: 'decided', posture: other, previous: posture, at, decision: { allow: false } });
  expect(refused.effects).toMatchObject([end]);
  expect(observe({ mode: 'paper', posture: other }).effects).toContainEqual(expect.objectContaining(end));
});

it('halts the gateway first, then aborts, then records', () => {
  const tripped = observe({ tripped: ['error_rate'] });
  expect(kinds(tripped).slice(0, 3)).toEqual(['revoke', 'haltGateway', 'abort']);
  expect(kinds(tripped)).not.toContain('append');
  const aborted = step(tripped.state, { kind: 'aborted', id: tripped.state.halting!.id });
  expect(kinds(step(aborted.state, { kind: 'observed', observation: seen }))).toContain('append');
});

it('answers a halt only when it is sure to hold', () => {
  const asked = step(startGuardian(pins), { kind: 'haltAsked', request: 'r', id: 'h', reason: 'operator' });
  expect(kinds(asked)).not.toContain('reply');
  expect(step(asked.state, { kind: 'gatewayHalted', id: 'h' }).effects).toEqual([
    { kind: 'reply', request: 'r', answer: 'halted' },
  ]);
});

test.prop([fc.nat(1_000_000), fc.nat(1_000_000)])('a token is above any that anybody used', (used, known) => {
  const before = { ...startGuardian(pins), tokenUsed: used };
  const { state } = step(before, { kind: 'challengeReceived', challenge: { ...challenge, token: known } });
  const now = { ...start, monoMs: start.monoMs + 20 };
  const [sent] = step(state, { kind: 'observed', observation: seen }, now).effects;
  expect(sent?.kind === 'sendPermit' && sent.signed.permit.token).toBe(Math.max(used, known) + 1);
});
