import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { judgeRequest, mayStop, trimContainer } from '../../../platforms/docker/proxy-rules';

describe('what passes', () => {
  test.each([
    ['GET', '/_ping', 'pass'],
    ['HEAD', '/v1.41/_ping', 'pass'],
    ['GET', '/containers/json', 'list'],
    ['GET', '/v1.41/containers/json?all=1', 'list'],
    ['GET', '/v1.41/containers/cutover-main-backend/json', 'inspect'],
    ['POST', '/v1.41/containers/cutover-main-orchestrator/stop?t=6', 'stop'],
    ['POST', '/containers/0123abcd/kill', 'stop'],
  ])('%s %s', (method, path, kind) => {
    expect(judgeRequest(method, path).kind).toBe(kind);
  });
});

describe('what does not', () => {
  test.each([
    ['POST', '/containers/create'],
    ['POST', '/v1.41/containers/cutover-main-backend/start'],
    ['POST', '/containers/cutover-main-backend/exec'],
    ['POST', '/exec/abc/start'],
    ['POST', '/containers/cutover-main-backend/update'],
    ['DELETE', '/containers/cutover-main-backend'],
    ['GET', '/containers/cutover-main-backend/archive'],
    ['GET', '/containers/cutover-main-backend/logs'],
    ['GET', '/images/json'],
    ['POST', '/images/create'],
    ['GET', '/secrets'],
    ['GET', '/info'],
    ['POST', '/build'],
    ['GET', '/containers/../images/json'],
    ['GET', '/containers/x%2fy/json'],
    ['POST', '/containers/a/../b/stop'],
    ['GET', '//containers/json'],
    ['POST', '/containers/json'],
    ['PUT', '/containers/a/json'],
    ['GET', '/v1.41/v1.41/containers/json'],
  ])('%s %s', (method, path) => {
    expect(judgeRequest(method, path)).toEqual({ kind: 'refuse' });
  });

  test.prop([fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH'), fc.webPath()])(
    'nothing that changes, but a stop or a kill',
    (method, path) => {
      const { kind } = judgeRequest(method, path);
      expect(kind === 'refuse' || (kind === 'stop' && method === 'POST' && /\/(stop|kill)$/.test(path))).toBe(true);
    },
  );
});

test('only the traders of the own stack are stopped', () => {
  expect(mayStop('/cutover-main-orchestrator', 'main')).toBe(true);
  expect(mayStop('cutover-main-backend', 'main')).toBe(true);
  for (const name of [
    'cutover-main-gateway',
    'cutover-main-guardian',
    'cutover-other-backend',
    'postgres',
    '',
    'x-cutover-main-backend',
  ])
    expect(mayStop(name, 'main')).toBe(false);
});

test('the environment of a container of somebody else is not shown', () => {
  const found = { Name: '/postgres', Config: { Env: ['PASSWORD=x'], Cmd: ['postgres'] } };
  expect(trimContainer(found, 'main')).toEqual({ Name: '/postgres', Config: { Env: [], Cmd: ['postgres'] } });
  const own = { Name: '/cutover-main-backend', Config: { Env: ['TRADING_MODE=paper'] } };
  expect(trimContainer(own, 'main')).toBe(own);
});
