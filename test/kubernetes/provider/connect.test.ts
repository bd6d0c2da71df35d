import { describe, expect, it } from 'vitest';
import { connect, loadConfig } from './connect';
import { kinds } from './kinds';
import { create, read } from './resources';

const config = (server: string) =>
  JSON.stringify({
    clusters: [{ name: 'one', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'hidden' } }],
    contexts: [{ name: 'it', context: { cluster: 'one', user: 'me', namespace: 'trading' } }],
    'current-context': 'it',
  });

/** Port 9 of loopback: discard, which nobody serves. */
const nowhere = config('https://127.0.0.1:9');

const request = {
  kind: kinds.find(({ kind }) => kind === 'ConfigMap')!,
  urn: 'urn:pulumi:main::probe::kubernetes:core/v1:ConfigMap::box',
  timeout: 0,
  cancelled: new AbortController().signal,
};
const inputs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'box', namespace: 'trading' } };

describe('a cluster that cannot be reached', () => {
  it.each([
    ['does not answer', { kubeconfig: nowhere }, 'connect ECONNREFUSED 127.0.0.1:9'],
    ['has no such context', { kubeconfig: nowhere, context: 'other' }, 'context "other" does not exist'],
    ['has no kubeconfig', { kubeconfig: '/nowhere' }, 'the path of a kubeconfig or its text, received "/nowhere"'],
    ['has no TLS', { kubeconfig: config('http://127.0.0.1:9') }, 'a server with https, received "http://127.0.0.1:9"'],
  ])('%s: an error where it is needed, and not in a preview', async (_, settings, reason) => {
    const connection = await connect(settings);
    expect(connection.unreachable).toContain(reason);
    await expect(create(connection, { ...request, preview: false }, inputs)).rejects.toThrow(reason);
    await expect(read(connection, { ...request, preview: false }, 'trading/box', {}, inputs)).rejects.toThrow(reason);
    expect(await create(connection, { ...request, preview: true }, inputs)).toEqual({ id: '', state: inputs });
  });
});

describe('the provider’s inputs', () => {
  it('name the namespace, before the context does', async () => {
    expect((await connect({ kubeconfig: nowhere })).namespace).toBe('trading');
    expect((await connect({ kubeconfig: nowhere, namespace: 'other' })).namespace).toBe('other');
  });

  it('that the stand-in does not apply are refused', async () => {
    await expect(connect({ renderYamlToDirectory: '/x' })).rejects.toThrow(`provider's input "renderYamlToDirectory"`);
    await expect(connect({ enableServerSideApply: 'false' })).rejects.toThrow('enableServerSideApply: false');
  });

  it('are on by the word', async () => {
    const { mutable, force, upsert } = await connect({ kubeconfig: nowhere, enableConfigMapMutable: 'true' });
    expect({ mutable, force, upsert }).toEqual({
      mutable: { configMaps: true, secrets: false },
      force: false,
      upsert: false,
    });
  });

  it('never show a token when the kubeconfig is broken', async () => {
    await expect(loadConfig({ kubeconfig: 'token: hidden' })).rejects.toThrow(/received another text$/);
  });
});
