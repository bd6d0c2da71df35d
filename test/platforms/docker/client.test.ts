import { expect, it } from 'vitest';
import { connect, describeDaemonProblem, describeRemote, socketOf } from '../../../platforms/docker/client';

it.each(['unix:///var/run/docker.sock', 'unix:///run/user/1000/docker.sock'])('%s is of this machine', (address) => {
  expect(describeRemote(address)).toBeUndefined();
  expect(socketOf(address)).toBe(address.slice('unix://'.length));
});

it.each([
  'ssh://ops@trading.example.com',
  'tcp://127.0.0.1:2375',
  'http://10.0.0.1:2375',
  'npipe:////./pipe/docker_engine',
  'unix://docker.sock',
  '/var/run/docker.sock',
  'nonsense',
])('%s is refused by name, with the way out', (address) => {
  expect(describeRemote(address)).toMatch(
    /expected DOCKER_HOST .*unix:\/\/\/var\/run\/docker\.sock, received .*unset DOCKER_HOST/,
  );
  expect(describeRemote(address)).toContain(`received ${address}:`);
});

it('a recorded daemon is meant whatever DOCKER_HOST says', async () => {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
  try {
    expect(await describeDaemonProblem(connect('unix:///nowhere/docker.sock'))).toContain('ENOENT');
    expect(await describeDaemonProblem(connect())).toContain('ECONNREFUSED');
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
});
