import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findLogin, readRepository } from '../../../toolchain/image';
import { temporary } from './small-root';

describe('a repository', () => {
  test.each([
    [
      'registry.example.com/team/cutover',
      { registry: 'registry.example.com', name: 'registry.example.com/team/cutover' },
    ],
    ['127.0.0.1:5000/cutover:1.2', { registry: '127.0.0.1:5000', name: '127.0.0.1:5000/cutover', tag: '1.2' }],
    ['localhost/cutover', { registry: 'localhost', name: 'localhost/cutover' }],
    ['team/cutover', { registry: 'docker.io', name: 'team/cutover' }],
    ['cutover', { registry: 'docker.io', name: 'cutover' }],
  ])('is read: %s', (text, expected) => {
    expect(readRepository(text)).toEqual(expected);
  });

  test.each([
    '',
    'Team/Cutover',
    'team/cutover@sha256:12',
    'https://registry.example.com/cutover',
    'a b',
    'cutover:',
    '/x',
  ])('is refused: %j', (text) => {
    expect(() => readRepository(text)).toThrow(expect.objectContaining({ code: 'usage', exitCode: 2 }));
  });
});

describe('the login of a registry', () => {
  const withConfig = (config: unknown) => {
    const folder = temporary();
    writeFileSync(path.join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
    return { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env.PATH}` };
  };
  const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

  test('is the one that docker login wrote for it, and no other', () => {
    const env = withConfig({
      auths: { 'r.example.com': auth('me:pass:word'), 'https://index.docker.io/v1/': auth('hub:x') },
    });
    expect(findLogin('r.example.com', env)).toEqual({
      username: 'me',
      password: 'pass:word',
      serveraddress: 'r.example.com',
    });
    expect(findLogin('docker.io', env)).toMatchObject({
      username: 'hub',
      serveraddress: 'https://index.docker.io/v1/',
    });
    expect(findLogin('other.example.com', env)).toBeUndefined();
  });

  test('is asked of the helper that is named for it', () => {
    const env = withConfig({ credHelpers: { 'r.example.com': 'vault' }, auths: { 'r.example.com': {} } });
    const helper = path.join(env.DOCKER_CONFIG, 'docker-credential-vault');
    writeFileSync(
      helper,
      '#!/bin/sh\nread -r server; [ "$1 $server" = "get r.example.com" ] || exit 1\necho \'{"Username":"me","Secret":"held"}\'\n',
    );
    chmodSync(helper, 0o755);
    expect(findLogin('r.example.com', env)).toMatchObject({ username: 'me', password: 'held' });
    expect(findLogin('other.example.com', env)).toBeUndefined();
  });

  test('is none where a helper holds none or is not there, and where there is no config', () => {
    expect(findLogin('r.example.com', withConfig({ credsStore: 'nonexistent' }))).toBeUndefined();
    expect(findLogin('r.example.com', { DOCKER_CONFIG: temporary() })).toBeUndefined();
  });

  test('is not told when the config cannot be read', () => {
    let thrown: unknown;
    try {
      findLogin('r.example.com', withConfig('{"auths": {"r.example.com": {"auth": "c2VjcmV0"'));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'docker_config', exitCode: 2 });
    expect(JSON.stringify([thrown, String(thrown)])).not.toContain('c2VjcmV0');
  });
});
