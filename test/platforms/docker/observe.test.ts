import { expect, it } from 'vitest';
import { seeWorkload } from '../../../platforms/docker/observe';

const place = { home: '/home/ops/.cutover', stack: 'main' };

/** How a container is seen that has no address at which it could be asked. */
async function stateOf(state: object, network = 'cutover-main-outer') {
  const found = {
    Id: '0123456789abcdef',
    Image: 'sha256:image',
    Config: { Cmd: ['node'], Env: ['PORT=1'] },
    State: { Running: true, Paused: false, StartedAt: '2026-01-01T00:00:00Z', Pid: 7, ...state },
    NetworkSettings: { Networks: { [network]: { IPAddress: '127.0.0.1' } } },
  };
  const docker = { getContainer: () => ({ inspect: async () => found }) };
  return (await seeWorkload(docker as never, place, 'simulated-venue')).replica.state;
}

it.each([
  ['healthy', 'running'],
  ['none', 'running'],
  ['starting', 'unresponsive'],
  ['unhealthy', 'unresponsive'],
])('the venue, which the guardian cannot reach, is seen as the daemon finds it: %s', async (Status, state) => {
  expect(await stateOf({ Health: { Status } })).toBe(state);
});

it('the venue without a check counts once it runs; paused or ended it does not', async () => {
  expect(await stateOf({})).toBe('running');
  expect(await stateOf({ Paused: true, Health: { Status: 'healthy' } })).toBe('unresponsive');
  expect(await stateOf({ Running: false, Health: { Status: 'healthy' } })).toBe('stopped');
});

it('every other is asked itself, whatever the daemon finds', async () => {
  expect(await stateOf({ Health: { Status: 'healthy' } }, 'cutover-main-inner')).toBe('unresponsive');
});
