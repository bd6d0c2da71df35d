import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StackWatch, type Watched } from '../../../scripts/live/stack-watch';
import { type PlayedStack, playStack } from '../../helpers/played-stack';

let stack: PlayedStack;
let watch: StackWatch | undefined;
beforeEach(async () => {
  stack = await playStack();
});
afterEach(async () => {
  watch?.stop();
  await stack.close();
});

function start(operations: Watched = stack.operations): StackWatch {
  watch = new StackWatch({ name: 'main', version: '0.1.0' }, operations);
  watch.start();
  return watch;
}
const patient = { timeout: 20_000 };

describe('StackWatch', () => {
  it('knows nothing before anything was asked', () => {
    const { workloads, platform, orders } = new StackWatch({ name: 'main', version: '0.1.0' }, stack.operations).view();
    for (const source of [...Object.values(workloads), platform, orders])
      expect(source).toEqual({ value: null, answeredAt: null, isFresh: false, problem: null });
  });

  it('asks every workload and the platform, and follows what changes', async () => {
    const seen = start();
    await expect.poll(() => Object.values(seen.view().workloads).every(({ isFresh }) => isFresh), patient).toBe(true);
    const { gateway, guardian } = seen.view().workloads;
    expect(gateway.value).toMatchObject({ permit: { state: 'held' }, openHalts: [] });
    expect(guardian.value).toMatchObject({ grant: { state: 'granted' }, decision: { verdict: 'allow' } });
    await expect
      .poll(() => seen.view().orders.value?.map(({ id }) => id), patient)
      .toEqual(Array.from({ length: 20 }, (_, index) => 30 - index));
    // Words of halts are asked for only where there are halts.
    expect(stack.asked).not.toContain('gateway/halts');
    stack.halt({ id: 'h1', reason: 'feed gap', by: 'guardian' });
    await expect
      .poll(() => seen.view().workloads.gateway.value?.openHalts, patient)
      .toMatchObject([{ id: 'h1', reason: 'feed gap', by: 'guardian' }]);
  });

  it('asks nothing but to be told, and only through the platform', async () => {
    const seen = start();
    await expect.poll(() => seen.view().orders.isFresh, patient).toBe(true);
    expect(new Set(stack.asked.map((one) => one.split('/')[1]))).toEqual(new Set(['health', 'decision', 'orders']));
  });

  it('takes no answer for fresh when its stack has gone, and says why; and follows it when it is back', async () => {
    const seen = start();
    await expect.poll(() => seen.view().workloads.gateway.isFresh, patient).toBe(true);
    const { answeredAt } = seen.view().workloads.gateway;
    stack.silent = true;
    await expect.poll(() => seen.view().workloads.gateway.isFresh, patient).toBe(false);
    const { gateway, guardian } = seen.view().workloads;
    expect(gateway).toMatchObject({ problem: 'nothing answers', value: { permit: { state: 'held' } } });
    expect(gateway.answeredAt).toBeGreaterThanOrEqual(answeredAt!);
    await expect.poll(() => seen.view().workloads.guardian.isFresh, patient).toBe(false);
    expect(guardian.problem).toBe('nothing answers');
    stack.silent = false;
    await expect.poll(() => seen.view().workloads.gateway, patient).toMatchObject({ isFresh: true, problem: null });
  });

  it('is held up in nothing by a workload, or a platform, that never answers', async () => {
    const never = () => new Promise<never>(() => {});
    const { addressOf } = stack.operations;
    const seen = start({ observe: never, addressOf: (name) => (name === 'gateway' ? never() : addressOf(name)) });
    await expect.poll(() => seen.view().workloads.guardian.isFresh, patient).toBe(true);
    const { workloads, platform } = seen.view();
    expect([workloads.gateway.isFresh, platform.isFresh]).toEqual([false, false]);
  });

  it('says what the platform says against it', async () => {
    const seen = start({
      observe: () => Promise.reject(new Error('no daemon')),
      addressOf: async () => undefined,
    });
    await expect.poll(() => seen.view().platform.problem, patient).toBe('no daemon');
    expect(seen.view().workloads.backend.problem).toBe('it was not started');
  });

  it('shows strays and what waits beside the replicas', async () => {
    const stray = { workload: 'backend', name: 'PID 7', arguments: [] };
    const observe = async () => ({ replicas: [], duplicates: [stray], waiting: ['pod x waits'] });
    const seen = start({ ...stack.operations, observe });
    await expect
      .poll(() => seen.view().platform.value?.others, patient)
      .toEqual(['PID 7 runs backend a second time', 'pod x waits']);
  });

  it('takes nothing old for fresh because the clock on the wall was put back', async () => {
    const seen = start();
    await expect.poll(() => seen.view().workloads.gateway.isFresh, patient).toBe(true);
    stack.silent = true;
    const real = Date.now;
    const put = vi.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
    try {
      await expect.poll(() => seen.view().workloads.gateway.isFresh, patient).toBe(false);
    } finally {
      put.mockRestore();
    }
  });
});
