import { describe, expect, it } from 'vitest';
import { diffInputs, pathText } from './diff';
import { kinds } from './kinds';
import { diffProvider } from './provider-diff';
import type { Properties } from './shape';

const fixed = { configMaps: false, secrets: false };
const mutable = { configMaps: true, secrets: true };
const metadata = { name: 'box', namespace: 'trading' };
const kindOf = (name: string) => kinds.find(({ kind }) => kind === name)!;

/** The differences of an object that was applied with some inputs, and that the server has filled in since. */
function diff(name: string, inputs: Properties, news: Properties, live: Properties = {}, settings = fixed) {
  const common = { apiVersion: kindOf(name).apiVersion, kind: name, metadata };
  const state = {
    ...common,
    ...inputs,
    status: { phase: 'Active' },
    ...live,
    __inputs: { ...common, ...inputs },
    __initialApiVersion: common.apiVersion,
    __fieldManager: 'someone',
  };
  const { changes, deleteBeforeReplace } = diffInputs(kindOf(name), state, { ...common, ...news }, settings);
  const told = changes.map(({ path, change, replaces }) => `${change}${replaces ? '-replace' : ''} ${pathText(path)}`);
  return { told, deleteBeforeReplace };
}

const pod = (env: unknown[], more: Properties = {}) => ({ template: { spec: { containers: [{ env, ...more }] } } });

describe('a difference', () => {
  it('is none in what the server filled in', () => {
    const spec = pod([{ name: 'A', value: '1' }]);
    const live = { ...pod([{ name: 'A', value: '1' }], { imagePullPolicy: 'Always' }), replicas: 1 };
    expect(diff('Deployment', { spec }, { spec }, { spec: live }).told).toEqual([]);
  });

  it('is seen in what someone else changed, not in what someone else added', () => {
    const spec = pod([{ name: 'A', value: '1' }]);
    const changed = pod([
      { name: 'A', value: '2' },
      { name: 'B', value: '3' },
    ]);
    expect(diff('Deployment', { spec }, { spec }, { spec: changed }).told).toEqual([
      'update spec.template.spec.containers[0].env[0].value',
    ]);
  });

  it('tells what is added, changed and left out by its path', () => {
    const spec = pod([
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ]);
    const labelled = { ...metadata, labels: { 'app.kubernetes.io/name': 'box' } };
    const news = { metadata: labelled, spec: pod([{ name: 'A', value: '2' }]) };
    expect(diff('Deployment', { spec }, news).told).toEqual([
      'add metadata.labels',
      'update spec.template.spec.containers[0].env[0].value',
      'delete spec.template.spec.containers[0].env[1]',
    ]);
    expect(pathText(['metadata', 'labels', 'app.kubernetes.io/name'])).toBe(
      'metadata.labels["app.kubernetes.io/name"]',
    );
  });

  it('leaves out what the program asked to ignore', () => {
    const state = { spec: { replicas: 0 }, metadata, __inputs: { spec: { replicas: 1 }, metadata } };
    const news = { spec: { replicas: 1 }, metadata };
    expect(diffInputs(kindOf('Deployment'), state, news, fixed).changes).toHaveLength(1);
    expect(diffInputs(kindOf('Deployment'), state, news, fixed, ['spec.replicas']).changes).toEqual([]);
  });
});

describe('a replacement', () => {
  it('is what the data of a ConfigMap or Secret needs, unless they are mutable', () => {
    const [olds, news] = [{ data: { a: '1' } }, { data: { a: '2' } }];
    const replaced = { told: ['update-replace data.a'], deleteBeforeReplace: true };
    expect(diff('ConfigMap', olds, news)).toEqual(replaced);
    expect(diff('Secret', olds, news)).toEqual(replaced);
    const updated = { told: ['update data.a'], deleteBeforeReplace: false };
    expect(diff('ConfigMap', olds, news, {}, mutable)).toEqual(updated);
    expect(diff('Secret', olds, news, {}, mutable)).toEqual(updated);
    const immutable = { ...olds, immutable: true };
    expect(diff('ConfigMap', immutable, { ...immutable, ...news }, {}, mutable)).toEqual(replaced);
    expect(diff('Secret', { type: 'a' }, { type: 'b' }, {}, mutable).told).toEqual(['update-replace type']);
  });

  it('is what other fields need that a server does not change', () => {
    const selector = (app: string) => ({ spec: { selector: { matchLabels: { app } } } });
    expect(diff('Deployment', selector('a'), selector('b'))).toEqual({
      told: ['update-replace spec.selector.matchLabels.app'],
      deleteBeforeReplace: true,
    });
    expect(diff('Service', { spec: {} }, { spec: { clusterIP: 'None' } }).told).toEqual(['add-replace spec.clusterIP']);
    const role = (name: string) => ({ roleRef: { kind: 'Role', name } });
    expect(diff('RoleBinding', role('a'), role('b')).told).toEqual(['update-replace roleRef.name']);
    const claim = (storageClassName: string) => ({ spec: { storageClassName } });
    expect(diff('PersistentVolumeClaim', claim('a'), claim('b')).told).toEqual([
      'update-replace spec.storageClassName',
    ]);
    // What is brought by something new further up counts as well; what leaves with it does not.
    expect(diff('Deployment', {}, selector('a')).told).toEqual(['add-replace spec']);
    expect(diff('Deployment', selector('a'), {}).told).toEqual(['delete spec']);
  });

  it('is what another name or namespace needs, and then nothing must be deleted first', () => {
    const renamed = { metadata: { ...metadata, name: 'other' } };
    expect(diff('ConfigMap', {}, renamed)).toEqual({
      told: ['update-replace metadata.name'],
      deleteBeforeReplace: false,
    });
    const moved = { metadata: { ...metadata, namespace: 'other' } };
    expect(diff('Deployment', {}, moved).told).toEqual(['update-replace metadata.namespace']);
  });
});

describe('a change of the provider', () => {
  const config = (server: string) =>
    JSON.stringify({
      clusters: [{ name: 'one', cluster: { server } }],
      users: [{ name: 'me', user: {} }],
      contexts: [{ name: 'it', context: { cluster: 'one', user: 'me' } }],
      'current-context': 'it',
    });

  it('replaces everything only where it comes to another cluster', async () => {
    const olds = { kubeconfig: config('https://a'), namespace: 'x' };
    expect(await diffProvider(olds, olds)).toEqual({ changed: [], replaces: [] });
    expect(await diffProvider(olds, { ...olds, namespace: 'y' })).toEqual({ changed: ['namespace'], replaces: [] });
    expect(await diffProvider(olds, { ...olds, kubeconfig: `${config('https://a')} ` })).toEqual({
      changed: ['kubeconfig'],
      replaces: [],
    });
    expect(await diffProvider(olds, { ...olds, kubeconfig: config('https://b') })).toEqual({
      changed: ['kubeconfig'],
      replaces: ['kubeconfig'],
    });
  });

  it('believes the identifier of a cluster', async () => {
    const olds = { kubeconfig: config('https://a'), clusterIdentifier: 'one' };
    expect((await diffProvider(olds, { ...olds, kubeconfig: config('https://b') })).replaces).toEqual([]);
    expect((await diffProvider(olds, { ...olds, clusterIdentifier: 'two' })).replaces).toEqual(['clusterIdentifier']);
    expect((await diffProvider({ ...olds, clusterIdentifier: '' }, olds)).replaces).toEqual([]);
  });
});
