import { describe, expect, it } from 'vitest';
import type { OrderRow } from '../../../report/live/answers';
import { OrderFlow } from '../../../scripts/live/order-flow';
import { OrderTail } from '../../../scripts/live/order-tail';

const row = (id: number) => ({ id, status: 'filled' }) as OrderRow;
const counts = (accepted: number, refused = 0) => ({ accepted, refused: { halted: refused } });

describe('OrderTail', () => {
  it('begins near the end, goes on from there, and keeps the newest, newest first', async () => {
    let last = 5_000;
    const asked: number[] = [];
    const tail = new OrderTail(async (since, limit) => {
      asked.push(since);
      return Array.from({ length: Math.min(limit, last - since) }, (_, index) => row(since + index + 1));
    });
    expect((await tail.read(counts(4_000, 1_000))).map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, index) => 5_000 - index),
    );
    last = 5_003;
    expect((await tail.read(counts(4_003, 1_000))).slice(0, 4).map(({ id }) => id)).toEqual([
      5_003, 5_002, 5_001, 5_000,
    ]);
    expect(asked).toEqual([4_900, 5_000]);
    // Another record, with fewer.
    last = 2;
    expect((await tail.read(counts(2))).map(({ id }) => id)).toEqual([2, 1]);
    expect(asked.at(-1)).toBe(0);
  });

  it('loses no order to a question that was not answered', async () => {
    let fails = true;
    const tail = new OrderTail(async (since) => {
      if (fails) throw new Error('gone');
      return [row(since + 1)];
    });
    await expect(tail.read(counts(7))).rejects.toThrow('gone');
    fails = false;
    expect(await tail.read(counts(7))).toEqual([row(1)]);
  });
});

describe('OrderFlow', () => {
  const start = 1_000 * 15_000;

  it('counts what came since it was first told, in steps of 15 s over ten minutes', () => {
    const flow = new OrderFlow();
    flow.add(counts(100, 10), start);
    flow.add(counts(103, 10), start + 1_000);
    flow.add(counts(104, 12), start + 15_000);
    const { from, stepMs, filled, refused } = flow.view(start + 15_000);
    expect([from, stepMs, filled.length]).toEqual([start - 38 * 15_000, 15_000, 40]);
    expect([filled.slice(-2), refused.slice(-2)]).toEqual([
      [3, 1],
      [0, 2],
    ]);
    expect([...filled.slice(0, -2), ...refused.slice(0, -2)].every((count) => count === 0)).toBe(true);
    // And forgets what is older.
    expect(flow.view(start + 700_000).filled.every((count) => count === 0)).toBe(true);
  });

  it('begins anew with another record, rather than to count less than nothing', () => {
    const flow = new OrderFlow();
    for (const [accepted, at] of [
      [100, 0],
      [2, 1_000],
      [5, 2_000],
    ] as const)
      flow.add(counts(accepted), start + at);
    expect(flow.view(start + 2_000).filled.at(-1)).toBe(3);
  });
});
