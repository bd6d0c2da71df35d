import { fc, test as property } from '@fast-check/vitest';
import { expect } from 'vitest';
import { TimeCounter } from '../../../../report/page/gather/time-counter';

property.prop([fc.array(fc.integer({ min: 0, max: 4e12 }), { minLength: 1, maxLength: 300 })])(
  'counts every event once, in at most so many slots, each in its own time',
  (times) => {
    const counter = new TimeCounter<'a' | 'b'>(50);
    for (const [index, at] of times.entries()) counter.add(at, index % 2 === 0 ? 'a' : 'b');
    const slots = counter.list();
    expect(slots.length).toBeLessThanOrEqual(50);
    const sum = slots.reduce((all, { counts }) => all + (counts.a ?? 0) + (counts.b ?? 0), 0);
    expect(sum).toBe(times.length);
    for (const { from, to, counts } of slots) {
      const own = times.filter((at) => at >= from && at < to).length;
      expect((counts.a ?? 0) + (counts.b ?? 0)).toBe(own);
    }
  },
);
