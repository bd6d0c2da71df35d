import type { Logger } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import type { Observer, Replica, Stray } from '../../../platforms/platform';
import { createWatch, describeChanges, type Sighting } from '../../../workloads/guardian/watch';

const sighting = (replicas: Replica[], duplicates: Stray[] = []): Sighting => ({
  observedAt: '2026-01-01T00:00:00.000Z',
  replicas,
  duplicates,
});
const running = (pid: number): Replica => ({ workload: 'backend', state: 'running', pid });
const stray = (pid: number): Stray => ({ workload: 'live_trader', name: `PID ${pid}`, arguments: [] });

describe('describeChanges', () => {
  it('says nothing of what runs at the first look, and everything of what does not', () => {
    const gone: Replica = { workload: 'gateway', state: 'stopped', reason: 'PID 7 has ended' };
    expect(describeChanges(undefined, sighting([running(1), gone]))).toEqual(['gateway is stopped: PID 7 has ended']);
  });

  it('says each change once', () => {
    const unresponsive: Replica = { ...running(1), state: 'unresponsive', reason: 'PID 1 does not answer' };
    const story = [running(1), unresponsive, unresponsive, running(1), running(2), running(2)];
    const said = story.slice(1).map((now, index) => describeChanges(sighting([story[index]!]), sighting([now])));
    expect(said).toEqual([
      ['backend is unresponsive as PID 1: PID 1 does not answer'],
      [],
      ['backend is running as PID 1'],
      ['backend is running as PID 2'],
      [],
    ]);
  });

  it('says when another start of the same replica runs', () => {
    const start = (startTime: string): Replica => ({ workload: 'backend', state: 'running', startTime });
    expect(describeChanges(sighting([start('a')]), sighting([start('a')]))).toEqual([]);
    expect(describeChanges(sighting([start('a')]), sighting([start('b')]))).toEqual(['backend is running']);
  });

  it('names a process that runs a second time, once for each', () => {
    const [one, both] = [sighting([], [stray(1)]), sighting([], [stray(1), stray(2)])];
    expect(describeChanges(undefined, one)).toEqual(['PID 1 runs live_trader a second time']);
    expect(describeChanges(one, both)).toEqual(['PID 2 runs live_trader a second time']);
    expect(describeChanges(both, both)).toEqual([]);
    expect(describeChanges(both, sighting([]))).toEqual([]);
  });
});

describe('createWatch', () => {
  const logged: string[] = [];
  const log = {
    warn: (message: string) => logged.push(message),
    error: (_fields: object, message: string) => logged.push(message),
  } as unknown as Logger;

  it('survives a look that fails, looks again, and keeps what it saw last', async () => {
    let looks = 0;
    const observer: Observer = {
      observe: async () => {
        looks += 1;
        if (looks === 1) throw new Error('/proc is gone');
        return { replicas: [running(1)], duplicates: [] };
      },
    };
    const watch = createWatch(observer, log);
    try {
      await watch.start();
      expect(watch.last()).toBeUndefined();
      expect(logged).toEqual(['cannot observe the replicas']);
      await expect.poll(() => watch.last()?.replicas, { timeout: 5_000 }).toEqual([running(1)]);
    } finally {
      watch.stop();
    }
  });

  it('stops, also in the middle of a look', async () => {
    let looks = 0;
    const gate = Promise.withResolvers<void>();
    const observer: Observer = {
      observe: async () => {
        looks += 1;
        await gate.promise;
        return { replicas: [], duplicates: [] };
      },
    };
    vi.useFakeTimers();
    try {
      const watch = createWatch(observer, log);
      const started = watch.start();
      watch.stop();
      gate.resolve();
      await started;
      await vi.runAllTimersAsync();
      expect(looks).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
