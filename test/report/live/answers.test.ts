import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { workloadNames } from '../../../posture/posture';
import { readDecision, readHalts, readHealth, readOrders } from '../../../report/live/answers';
import { drawParts } from '../../../report/live/page';
import { dataOf, fresh, says } from './live-data';

const answer = (body: unknown, status = 200) => ({ status, body });

describe('readHealth', () => {
  it('is not well by an answer of any other status, or without saying so', () => {
    expect(readHealth('backend', answer({ ok: true }, 503))).toMatchObject({ ok: false, reason: 'it answers 503' });
    expect(readHealth('backend', answer({}))).toMatchObject({ ok: false });
    expect(readHealth('guardian', answer({ ok: false, message: 'not yet' }, 503))).toMatchObject({ reason: 'not yet' });
    expect(readHealth('backend', answer({ ok: true }))).toMatchObject({ ok: true, reason: null });
  });

  it.each([null, 7, 'ok', ['ok']])('takes %j for no answer', (body) => {
    expect(readHealth('gateway', answer(body))).toBe(null);
  });

  it('holds no permit by a form that it does not know', () => {
    for (const permit of [undefined, 'held', { state: 7 }]) {
      expect(readHealth('gateway', answer({ ok: true, permit }))?.permit.state).toBe('not told');
    }
    expect(readHealth('gateway', answer({ permit: { state: 'held', secondsLeft: 1e12 } }))?.permit).toMatchObject({
      state: 'held',
      secondsLeft: null,
    });
  });

  it('keeps what is long short', () => {
    const agents = Array.from({ length: 5_000 }, () => ({ name: 'x'.repeat(5_000), state: 'running' }));
    const read = readHealth('orchestrator', answer({ ok: true, agents }))!;
    expect(read.agents).toHaveLength(200);
    expect(read.agents[0]!.name).toHaveLength(501);
  });

  const anything = fc.jsonValue({ maxDepth: 4 });
  property.prop(
    [
      fc.dictionary(
        fc.constantFrom(
          'ok',
          'permit',
          'halts',
          'halt',
          'grant',
          'agents',
          'risk',
          'orders',
          'venue',
          'observed',
          'decision',
        ),
        anything,
      ),
    ],
    { numRuns: 50 },
  )('reads anything, and what was read can be drawn', (body) => {
    const sources = Object.fromEntries(
      workloadNames.map((name) => [name, fresh({ ...says(name), ...readHealth(name, answer(body)) })]),
    );
    const orders = fresh(readOrders({ orders: [body, { id: 1, status: 'filled', ...body }] }) ?? []);
    expect(drawParts(dataOf(sources, { orders })).parts.verdict).toContain('class="verdict');
  });
});

describe('readHalts', () => {
  const halt = { id: 'b', haltedAt: '2026-01-02T03:04:05Z', reason: 'why', by: 'who' };

  it('has every halt that is open, with what was said of it where that is told', () => {
    const nothing = { haltedAt: null, reason: null, by: null };
    expect(readHalts({ halts: ['a', 'b'], halt }, { halts: [halt] })).toEqual([halt, { id: 'a', ...nothing }]);
    expect(readHalts({ halts: ['a'], halt: null }, undefined)).toEqual([{ id: 'a', ...nothing }]);
  });

  it('has the one of a gateway that knows no names', () => {
    expect(readHalts({ halts: [], halt }, undefined)).toEqual([halt]);
    expect(readHalts({ halts: [], halt: null }, { halts: [] })).toEqual([]);
  });
});

it('knows a list of orders and a decision from something else', () => {
  expect(readOrders({ code: 'not_found' })).toEqual([]);
  expect(readOrders('x')).toBe(null);
  expect(readDecision({ decision: { verdict: 'refuse', reasons: [{ code: 'missing' }, 7] } })).toEqual({
    verdict: 'refuse',
    decidedAt: null,
    reasons: [{ code: 'missing', message: null }],
  });
  expect(readDecision({ decision: 7 })).toBe(null);
});
