import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { drawLivePage, drawParts, policyOf } from '../../../report/live/page';
import { dataOf, fresh, never, now, old, says } from './live-data';

const frame = { script: 'run();', token: 'the-token', server: 'the-server' };
const hostile = '</script><img src=x onerror=alert(1)>"\'\u202e';
const textOf = (html = '') => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('drawLivePage', () => {
  it('runs one script and has one style sheet, the ones that its policy names', () => {
    const page = drawLivePage(dataOf(), frame);
    const digestOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const policy = policyOf(frame.script).split('; ');
    const only = (tag: string) =>
      [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(([, text]) => text!);
    expect(only('script')).toEqual([frame.script]);
    expect(policy).toContain(`script-src ${digestOf(frame.script)}`);
    expect(only('style').map((text) => `style-src ${digestOf(text)}`)).toEqual([
      expect.toSatisfy((one: string) => policy.includes(one)),
    ]);
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "connect-src 'self'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
  });

  it('has nothing from outside that is not text, and no handler in it', () => {
    const text = {
      gateway: fresh(
        says('gateway', {
          permit: { state: hostile, reason: hostile },
          halts: [hostile],
          venue: { name: hostile, account: hostile },
          reason: hostile,
          ok: false,
        }),
      ),
      guardian: fresh(
        says('guardian', { grant: { state: 'refused', reasons: [hostile] }, observed: { reason: hostile } }),
      ),
      orchestrator: fresh(says('orchestrator', { agents: [{ name: hostile, state: hostile, startedAt: hostile }] })),
    };
    const order = {
      id: 1,
      receivedAt: hostile,
      mode: hostile,
      symbol: hostile,
      side: hostile,
      qtyUsd: 1,
      agent: hostile,
      status: hostile,
      code: hostile,
      price: 1,
    };
    const page = drawLivePage(dataOf(text, { stack: hostile, orders: fresh([order]) }), frame);
    expect(page.match(/alert\(1\)/g)!.length).toBeGreaterThan(20);
    expect(page).not.toMatch(/<img|\u202e| onerror=(?!alert)/);
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page).not.toMatch(/<[a-z][^<>]*\son[a-z]+\s*=/i);
    expect(page).not.toMatch(/(?:src|href|action)="(?!#|data:,")/);
  });

  it('has the token in one place, where no address and no log comes by', () => {
    const page = drawLivePage(dataOf(), frame);
    expect(page.split(frame.token)).toHaveLength(2);
    expect(page).toContain(`<meta name="cutover-token" content="${frame.token}">`);
    expect(JSON.stringify(drawParts(dataOf()))).not.toContain(frame.token);
  });
});

describe('drawParts', () => {
  it('counts a permit down from the time of the answer that told of it', () => {
    const { permit } = drawParts(dataOf()).parts;
    expect(permit).toContain(`data-until="${now - 300 + 12_300}">12 s<`);
    expect(permit).toMatch(/role="timer" aria-live="off"/);
  });

  it.each([
    ['that is old', old(says('gateway'))],
    ['that has ended', fresh(says('gateway', { permit: { state: 'expired', secondsLeft: 3 } }))],
    ['of which nobody says how long it holds', fresh(says('gateway', { permit: { state: 'held' } }))],
  ])('counts nothing down of a permit %s', (_, gateway) => {
    expect(drawParts(dataOf({ gateway })).parts.permit).not.toContain('data-until');
  });

  it('shows nothing that is old as if it were of now', () => {
    const all = {
      gateway: old(says('gateway')),
      guardian: old(says('guardian')),
      backend: old(says('backend')),
      orchestrator: old(says('orchestrator')),
    };
    const { parts } = drawParts(dataOf(all, { orders: old([]) }));
    const facts = [...parts.permit!.matchAll(/<dd>([^<]*)<\/dd>/g)].map(([, text]) => text!);
    expect(facts).toHaveLength(8);
    for (const fact of facts) expect(fact).toMatch(/^not known; .* at the last answer$/);
    for (const id of ['permit', 'halts', 'agents', 'orders', 'signals']) {
      expect(textOf(parts[id])).toMatch(
        /has not answered since 2026-01-02 03:03:05 \(1 min ago\) : nothing answers\. What is shown here is from then/,
      );
    }
    expect(textOf(parts.halts)).not.toContain('No halt is open');
    expect(textOf(parts.orders)).not.toContain('recorded no order');
    expect(parts.agents).toContain('was running');
    expect(textOf(parts.workloads)).toContain('gateway running no answer');
  });

  it('says of what never answered that nothing is known', () => {
    const { parts } = drawParts(dataOf({ gateway: never }));
    expect(textOf(parts.permit)).toContain('Permit not known');
    expect(textOf(parts.halts)).toMatch(/it was not started\. Nothing is known here\./);
  });

  it('changes a verdict with nothing but the state: no time and no count of it is announced', () => {
    const later = dataOf(
      {
        gateway: {
          ...fresh(says('gateway', { permit: { state: 'held', use: 'trade', secondsLeft: 3 } })),
          answeredAt: now + 9_000,
        },
      },
      { now: now + 9_000 },
    );
    expect(drawParts(later).parts.verdict).toBe(drawParts(dataOf()).parts.verdict);
    expect(drawParts(later).parts.permit).not.toBe(drawParts(dataOf()).parts.permit);
  });

  it('counts refusals in a row by agent, as far as the newest orders go', () => {
    const order = (agent: string, status: string) => ({
      id: 1,
      receivedAt: null,
      mode: 'live',
      symbol: null,
      side: null,
      qtyUsd: null,
      agent,
      status,
      code: null,
      price: null,
    });
    const newest = [
      order('b', 'refused'),
      order('a', 'filled'),
      order('b', 'refused'),
      order('a', 'refused'),
      order('b', 'filled'),
    ];
    expect(textOf(drawParts(dataOf({}, { orders: fresh(newest) })).parts.signals)).toContain('2 in a row of b;');
  });
});
