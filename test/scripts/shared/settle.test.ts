import { expect, it } from 'vitest';
import { CutoverError } from '../../../errors';
import type { WorkloadName } from '../../../posture/posture';
import type { EngineOutcome } from '../../../scripts/shared/engine-run';
import { settle } from '../../../scripts/shared/settle';

const done: EngineOutcome = { exitCode: 0, begun: true, changes: [], violations: [], errors: [] };
const never = new AbortController().signal;

/** A platform that tells one look after the other, the last one for ever. */
const looks = (...all: WorkloadName[][]) => ({ findUnsettled: async () => (all.length > 1 ? all.shift()! : all[0]!) });

it('waits until nothing is on the way any more, and tells what is, once', async () => {
  const told: string[] = [];
  const platform = looks(['backend', 'orchestrator'], ['backend', 'orchestrator'], ['orchestrator'], []);
  await expect(settle(platform, done, (message) => told.push(message), never)).resolves.toBe(done);
  expect(told).toEqual(['  on the way: backend, orchestrator', '  on the way: orchestrator']);
});

it('asks nothing after a run that failed', async () => {
  const failed = { ...done, exitCode: 1 };
  const platform = {
    findUnsettled: () => {
      throw new Error('not to be asked');
    },
  };
  await expect(settle(platform, failed, () => {}, never)).resolves.toBe(failed);
});

it('is a failure that names what is missing, where it takes too long or was ended', async () => {
  let now = 0;
  const clock = () => {
    now += 400_000;
    return now;
  };
  await expect(settle(looks(['backend']), done, () => {}, never, clock)).resolves.toEqual({
    ...done,
    exitCode: 1,
    errors: ['backend: expected to be what was declared within 600 s, still on the way'],
  });
  const ended = AbortSignal.abort();
  await expect(settle(looks(['gateway']), done, () => {}, ended)).resolves.toMatchObject({ exitCode: 1 });
  // What was ready by then is no failure.
  await expect(settle(looks([]), done, () => {}, ended)).resolves.toBe(done);
});

it('asks a platform again that is away for a moment, until somebody ends the wait', async () => {
  const away = () => Promise.reject(new CutoverError('cluster_unreachable', 'no answer', { exitCode: 5 }));
  let asked = 0;
  const back = {
    findUnsettled: async () => {
      asked += 1;
      return asked === 1 ? away() : [];
    },
  };
  await expect(settle(back, done, () => {}, never)).resolves.toBe(done);
  await expect(settle({ findUnsettled: away }, done, () => {}, AbortSignal.abort())).resolves.toMatchObject({
    exitCode: 1,
    errors: [expect.stringContaining('every workload (no answer): expected')],
  });
});

it('takes the word of the engine where nobody may look', async () => {
  const forbidden = new CutoverError('cluster_forbidden', 'deployments', { exitCode: 5 });
  await expect(settle({ findUnsettled: () => Promise.reject(forbidden) }, done, () => {}, never)).resolves.toBe(done);
});
