import { describe, expect, it } from 'vitest';
import { findRefusal } from '../../../scripts/live/admit-request';

const door = { port: 8040, token: 'the-token' };
const own = { host: '127.0.0.1:8040' };
const asPage = {
  ...own,
  origin: 'http://127.0.0.1:8040',
  'content-type': 'application/json',
  'x-cutover-token': 'the-token',
  'sec-fetch-site': 'same-origin',
};
const ask = (method: string, path: string, headers: Record<string, string | undefined>) =>
  findRefusal({ method, path, headers }, door)?.code ?? 'answered';

describe('findRefusal', () => {
  it.each([
    ['GET', '/', own],
    ['GET', '/', { host: 'localhost:8040' }],
    // A link from elsewhere may lead here: the page acts by itself on nothing.
    ['GET', '/', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['GET', '/events', { ...own, 'sec-fetch-site': 'same-origin' }],
    ['GET', '/events', own],
    ['POST', '/halt', asPage],
    ['POST', '/halt', { ...asPage, host: 'localhost:8040', origin: 'http://localhost:8040' }],
    ['POST', '/halt', { ...asPage, 'content-type': 'application/json; charset=utf-8', 'sec-fetch-site': undefined }],
  ])('%s %s is answered with %j', (method, path, headers) => {
    expect(ask(method, path, headers)).toBe('answered');
  });

  // One thing changed at a time.
  it.each([
    'evil.example:8040',
    'evil.example',
    '127.0.0.1',
    '127.0.0.1:8041',
    '127.0.0.1:8040.evil.example',
    'localhost',
    '[::1]:8040',
    '0.0.0.0:8040',
    '',
    undefined,
  ])('whatever is asked for under the name %s is refused', (host) => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/events'],
      ['POST', '/halt'],
      ['GET', '/x'],
    ] as const) {
      expect(ask(method, path, { ...asPage, host, origin: host && `http://${host}` })).toBe('wrong_host');
    }
  });

  it.each([
    'http://evil.example',
    'https://127.0.0.1:8040',
    'http://127.0.0.1:8041',
    'http://localhost:8040',
    'null',
    '',
  ])('whatever comes from the origin %j is refused', (origin) => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/events'],
      ['POST', '/halt'],
    ] as const)
      expect(ask(method, path, { ...asPage, origin })).toBe('wrong_origin');
  });

  it.each(['cross-site', 'same-site', 'none'])('what acts or follows is not there for a page that is %s', (site) => {
    for (const [method, path] of [
      ['GET', '/events'],
      ['POST', '/halt'],
    ] as const)
      expect(ask(method, path, { ...asPage, 'sec-fetch-site': site })).toBe('wrong_origin');
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'post', ''])('a halt by %j is refused', (method) => {
    expect(findRefusal({ method, path: '/halt', headers: asPage }, door)).toMatchObject({ status: 405, allow: 'POST' });
  });

  it('a halt takes origin, content type and token, each of them', () => {
    expect(ask('POST', '/halt', { ...asPage, origin: undefined })).toBe('wrong_origin');
    for (const type of [
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
    ])
      expect(ask('POST', '/halt', { ...asPage, 'content-type': type })).toBe('wrong_content_type');
    for (const token of [undefined, '', 'the-toke', 'the-token2', 'THE-TOKEN'])
      expect(ask('POST', '/halt', { ...asPage, 'x-cutover-token': token })).toBe('wrong_token');
  });

  it.each([
    '/?token=the-token',
    '//',
    '/halt/',
    '/halt?',
    '/index.html',
    '/__proto__',
    '/constructor',
    'http://evil.example/',
    '*',
  ])('there is no %s', (path) => {
    for (const method of ['GET', 'POST']) expect(ask(method, path, asPage)).toBe('not_found');
  });
});
