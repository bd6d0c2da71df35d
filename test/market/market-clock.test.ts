import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { feedIdOf, type MarketClock, resumeClock, startClock, tickClock } from '../../market/market-clock';

const wall = fc.integer({ min: 0, max: 1e9 });
const speed = fc.constantFrom(0.5, 1, 60, 1_000);
const event = fc.record({ kind: fc.constantFrom('tick', 'restart'), now: wall, speed });

describe('market clock', () => {
  test('runs at its speed', () => {
    const clock = startClock('a', 5_000, 60, 1_000);
    expect(tickClock(clock, 3_000).seen.market).toBe(5_000 + 2_000 * 60);
  });

  test.prop([fc.array(event)])('never goes back: over restarts, speeds and a wall clock that jumps', (events) => {
    let clock = startClock('a', 0, 60, 5e8);
    for (const { kind, now, speed } of events) {
      const before = clock.seen.market;
      const stored = JSON.parse(JSON.stringify(clock)) as MarketClock;
      clock = kind === 'tick' ? tickClock(clock, now) : resumeClock(stored, 'a', 0, speed, now);
      expect(clock.seen.market).toBeGreaterThanOrEqual(before);
      expect(tickClock(clock, now).seen.market).toBe(clock.seen.market);
    }
    expect(feedIdOf(clock)).toBe(feedIdOf(startClock('a', 0, 60, 5e8)));
  });

  test.prop([speed, speed, fc.nat({ max: 1e6 }), fc.nat({ max: 1e6 })])(
    'another speed counts from the present market time on',
    (one, other, first, second) => {
      const changed = resumeClock(startClock('a', 0, one, 0), 'a', 0, other, first);
      expect(tickClock(changed, first + second).seen.market).toBeCloseTo(first * one + second * other, 3);
    },
  );

  test('a restart after the wall clock was set back goes on from what was seen', () => {
    const seen = tickClock(startClock('a', 0, 10, 1_000), 2_000);
    const resumed = resumeClock(seen, 'a', 0, 10, 500);
    expect(resumed.seen.market).toBe(10_000);
    expect(tickClock(resumed, 600).seen.market).toBe(11_000);
  });

  test('another feed starts anew under another name, also the first one when it comes back', () => {
    const first = startClock('a', 100, 1, 0);
    const second = resumeClock(first, 'b', 700, 1, 10);
    expect(second.seen.market).toBe(700);
    const third = resumeClock(second, 'a', 100, 1, 20);
    expect(new Set([first, second, third].map(feedIdOf)).size).toBe(3);
  });
});
