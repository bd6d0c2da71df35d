import { expect, it } from 'vitest';
import { CutoverError } from '../../../errors';
import type { Obstacle, PlatformView } from '../../../platforms/platform';
import { ObstacleLog, watchObstacles } from '../../../scripts/shared/watch-obstacles';

const image: Obstacle = { code: 'image_missing', workload: 'backend', sentence: 'ErrImagePull', patience: 20 };
const room: Obstacle = { code: 'pod_waits', workload: 'gateway', sentence: 'no node has room', patience: null };

it('tells an obstacle once, and gives up after its patience, whatever words it is told in', () => {
  const log = new ObstacleLog();
  expect(log.note([image, room], 1_000)).toEqual({ fresh: [image, room], final: [] });
  const other = { ...image, sentence: 'ImagePullBackOff' };
  expect(log.note([other, room], 20_999)).toEqual({ fresh: [], final: [] });
  expect(log.note([other, room], 21_000)).toEqual({ fresh: [], final: [other] });
});

it('begins anew with an obstacle that was gone, and never gives up one that may go away', () => {
  const log = new ObstacleLog();
  log.note([image, room], 0);
  log.note([room], 19_000);
  expect(log.note([image, room], 20_000)).toEqual({ fresh: [image], final: [] });
  expect(log.note([room], 1e9).final).toEqual([]);
});

const at = (found: () => Promise<Obstacle[]>) => ({ findObstacles: found, retryStarts: async () => {} });
const view = {} as PlatformView;

it('ends the run for what waiting does not mend, and says so', async () => {
  const told: string[] = [];
  const run = (signal: AbortSignal) =>
    new Promise<{ exitCode: number }>((resolve) => signal.addEventListener('abort', () => resolve({ exitCode: 1 })));
  const final = { ...image, patience: 0 };
  const watched = watchObstacles(
    at(async () => [final, room]),
    [],
    view,
    (message) => told.push(message),
    run,
  );
  await expect(watched).rejects.toMatchObject({ code: 'image_missing', exitCode: 5, details: ['ErrImagePull'] });
  expect(told.join()).toMatch(/ErrImagePull.*no node has room/);
});

it('keeps out of a run that ends well, or whose platform does not answer', async () => {
  const done = { exitCode: 0 };
  let looked = 0;
  const away = async (): Promise<Obstacle[]> => {
    looked += 1;
    throw new Error('no answer');
  };
  expect(
    await watchObstacles(
      at(away),
      [],
      view,
      () => {},
      async () => done,
    ),
  ).toBe(done);
  const once = async (signal: AbortSignal) => {
    await expect.poll(() => signal.aborted).toBe(true);
    return done;
  };
  expect(
    await watchObstacles(
      at(async () => [{ ...image, patience: 0 }]),
      [],
      view,
      () => {},
      once,
    ),
  ).toBe(done);
  expect(looked).toBeLessThan(2);
});

it('ends the run of an engine whose platform has gone away, and says so; not for one look without an answer', async () => {
  const told: string[] = [];
  const fast = { lookMs: 5, silenceMs: 60 };
  const untilEnded = (signal: AbortSignal) =>
    new Promise<{ exitCode: number }>((resolve) => signal.addEventListener('abort', () => resolve({ exitCode: 1 })));
  const away = async (): Promise<Obstacle[]> => {
    throw new CutoverError('cluster_unreachable', 'connect ECONNREFUSED', { exitCode: 5 });
  };
  const watched = watchObstacles(at(away), [], view, (message) => told.push(message), untilEnded, fast);
  await expect(watched).resolves.toEqual({ exitCode: 1 });
  expect(told).toEqual(['  no answer for 0.06 s: connect ECONNREFUSED']);

  let looks = 0;
  const forbidden = async (): Promise<Obstacle[]> => {
    throw new CutoverError('cluster_forbidden', 'deployments', { exitCode: 5 });
  };
  const nowAndThen = async () => {
    looks += 1;
    // Of what lets nobody look nobody can say that it is gone.
    return looks % 2 === 0 ? forbidden() : away();
  };
  const aborted = await watchObstacles(
    at(nowAndThen),
    [],
    view,
    () => {},
    async (signal) => {
      await expect.poll(() => looks, { interval: 5 }).toBeGreaterThan(30);
      return { exitCode: 0, aborted: signal.aborted };
    },
    fast,
  );
  expect(aborted).toEqual({ exitCode: 0, aborted: false });
});
