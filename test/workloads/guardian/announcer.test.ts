import type { Logger } from 'pino';
import { expect, it } from 'vitest';
import type { Standing } from '../../../platforms/platform';
import { Announcer, isOpen } from '../../../workloads/guardian/announcer';

const log = { error: () => {} } as unknown as Logger;
const shut: Standing = { halted: true, posture: null };
const open: Standing = { halted: false, posture: null };

it('says each change once', async () => {
  const said: Standing[] = [];
  const announcer = new Announcer({ announce: async (standing) => void said.push(standing) }, log);
  for (const standing of [shut, shut, open, open, shut]) {
    announcer.tell(standing);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(said).toEqual([shut, open, shut]);
});

it('does not wait, nor ask again while an answer is due', async () => {
  const asked: Standing[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const announce = (standing: Standing) => {
    asked.push(standing);
    return promise;
  };
  const announcer = new Announcer({ announce }, log);
  announcer.tell(shut);
  announcer.tell(open);
  expect(asked).toEqual([shut]);
  resolve();
  await new Promise((next) => setImmediate(next));
  announcer.tell(open);
  expect(asked).toEqual([shut, open]);
});

it('throws nothing when the platform does not take it, and leaves it alone for a while', async () => {
  let times = 0;
  const announce = async () => {
    times += 1;
    throw new Error('forbidden');
  };
  const announcer = new Announcer({ announce }, log);
  for (let round = 0; round < 3; round += 1) {
    announcer.tell(shut);
    await new Promise((next) => setImmediate(next));
  }
  expect(times).toBe(1);
});

it('lets live be started only where a ledger without open halts says so', () => {
  const states = ['not_initialised', 'blocked', 'none', 'refused', 'granted', 'halted'] as const;
  expect(states.filter(isOpen)).toEqual(['none', 'refused', 'granted']);
});
