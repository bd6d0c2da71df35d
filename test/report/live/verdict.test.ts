import { describe, expect, it } from 'vitest';
import { workloadNames } from '../../../posture/posture';
import type { LiveData } from '../../../report/live/data';
import { problemsOf, verdictOf } from '../../../report/live/verdict';
import { dataOf, fresh, never, old, says } from './live-data';

const halted = says('gateway', { halts: ['h1'], permit: { state: 'expired' } });
const unpermitted = says('gateway', { permit: { state: 'expired' } });
const texts = (data: LiveData) =>
  problemsOf(data).map(({ severity, text }) => `${severity}: ${text.text.replace(/<[^>]*>/g, '')}`);

describe('verdictOf', () => {
  it.each<[string, string, LiveData]>([
    ['good', 'LIVE: the gateway holds a permit; nothing is wrong.', dataOf()],
    [
      'good',
      'LIVE: the gateway holds a permit, for orders that reduce a position only; nothing is wrong.',
      dataOf({ gateway: fresh(says('gateway', { permit: { state: 'held', use: 'reduce' } })) }),
    ],
    ['bad', 'HALTED, live trading is barred; nothing else is wrong.', dataOf({ gateway: fresh(halted) })],
    [
      'bad',
      'HALTED, live trading is barred; nothing else is wrong.',
      dataOf({ guardian: fresh(says('guardian', { grant: { state: 'halted', reasons: [] } })) }),
    ],
    [
      'bad',
      'In live mode without a permit: the gateway refuses every live order; nothing else is wrong.',
      dataOf({ gateway: fresh(unpermitted) }),
    ],
    [
      'good',
      'In paper; nothing is wrong.',
      dataOf({ gateway: fresh(unpermitted), backend: fresh(says('backend', { tradingMode: 'paper' })) }),
    ],
    [
      'bad',
      'No permit is held, so no live order passes; the mode is not known; 1 thing is wrong.',
      dataOf({ gateway: fresh(unpermitted), backend: old(says('backend')) }),
    ],
  ])('%s: %s', (severity, text, data) => {
    expect(verdictOf(data)).toEqual({ severity, text });
  });

  it('never takes an old permit for one of now', () => {
    const { severity, text } = verdictOf(dataOf({ gateway: old(says('gateway')) }));
    expect([severity, text]).toEqual([
      'bad',
      expect.stringMatching(/^The gateway does not answer, so that nobody can tell/),
    ]);
    expect(text).not.toMatch(/LIVE|permit/);
  });

  it('keeps an old halt in sight', () => {
    const silent = dataOf({ gateway: old(halted), guardian: old(says('guardian')) });
    expect(verdictOf(silent).text).toMatch(/^HALTED when it last answered\. The stack does not answer/);
    expect(verdictOf(dataOf({ gateway: old(halted) })).text).toMatch(/^HALTED/);
  });

  it('tells a stack that is down from one that does not answer', () => {
    const silent = Object.fromEntries(workloadNames.map((name) => [name, never]));
    const replicas = workloadNames.map((workload) => ({ workload, state: 'stopped', reason: 'it is not started' }));
    expect(verdictOf(dataOf(silent, { platform: fresh({ replicas, others: [] }) })).text).toMatch(
      /^Nothing of the stack runs; 6/,
    );
    expect(verdictOf(dataOf(silent, { platform: old({ replicas, others: [] }) })).text).toMatch(
      /^The stack does not answer; 7/,
    );
  });
});

describe('problemsOf', () => {
  it('finds none where all is well', () => {
    expect(problemsOf(dataOf())).toEqual([]);
  });

  it.each<[string, LiveData]>([
    ['bad: backend: no gateway', dataOf({ backend: fresh(says('backend', { ok: false, reason: 'no gateway' })) })],
    [
      'bad: backend has not answered since 2026-01-02 03:03:05 (1 min ago): nothing answers',
      dataOf({ backend: old(says('backend')) }),
    ],
    [
      'bad: model-service has not answered since it was first asked, 2026-01-02 02:54:05 (10 min ago): it was not started',
      dataOf({ 'model-service': never }),
    ],
    [
      'bad: The platform has not answered since 2026-01-02 03:03:05 (1 min ago): nothing answers',
      dataOf({}, { platform: old({ replicas: [], others: [] }) }),
    ],
    [
      'bad: PID 7 runs backend a second time',
      dataOf({}, { platform: fresh({ replicas: [], others: ['PID 7 runs backend a second time'] }) }),
    ],
    [
      'bad: The guardian has refused a grant: no drill',
      dataOf({ guardian: fresh(says('guardian', { grant: { state: 'refused', reasons: ['no drill'] } })) }),
    ],
    [
      'bad: The guardian has no ground to grant on: no ledger',
      dataOf({ guardian: fresh(says('guardian', { grant: { state: 'blocked', reasons: ['no ledger'] } })) }),
    ],
    [
      'warn: The guardian: it waits',
      dataOf({ guardian: fresh(says('guardian', { grant: { state: 'granted', reasons: ['it waits'] } })) }),
    ],
    ['bad: The drawdown brake is on', dataOf({ backend: fresh(says('backend', { risk: { locked: true } })) })],
    [
      'warn: Agent x: backoff',
      dataOf({ orchestrator: fresh(says('orchestrator', { agents: [{ name: 'x', state: 'backoff' }] })) }),
    ],
    [
      'bad: 1 agent runs outside the orchestrator',
      dataOf({ orchestrator: fresh(says('orchestrator', { duplicates: [{ pid: 9 }] })) }),
    ],
  ])('%s', (text, data) => {
    expect(texts(data)).toEqual([text]);
  });

  it('says of a workload that is stopped that, once, and puts what is wrong before what is to be noted', () => {
    const data = dataOf(
      { backend: never, orchestrator: fresh(says('orchestrator', { agents: [{ name: 'x', state: 'backoff' }] })) },
      { platform: fresh({ replicas: [{ workload: 'backend', state: 'stopped', reason: 'it ended' }], others: [] }) },
    );
    expect(texts(data)).toEqual(['bad: backend is stopped: it ended', 'warn: Agent x: backoff']);
  });
});
