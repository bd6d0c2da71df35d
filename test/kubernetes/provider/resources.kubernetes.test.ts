import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnKubernetes, kubeconfig } from '../bed';
import { type Connection, connect } from './connect';
import { diffInputs } from './diff';
import { kinds } from './kinds';
import { create, type Request, read, remove, update } from './resources';
import { type Properties, unknownValue } from './shape';

const namespace = `stand-in-test-${process.pid}`;

function requestFor(kind: string, more: Partial<Request> = {}): Request {
  const urn = `urn:pulumi:main::probe::kubernetes:core/v1:${kind}::box`;
  const found = kinds.find((one) => one.kind === kind)!;
  return { kind: found, urn, timeout: 20, preview: false, cancelled: new AbortController().signal, ...more };
}

const configMap = (name: string, data: Record<string, string>, where = namespace): Properties => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: where }, data },
});

describeOnKubernetes('the stand-in, without an engine', () => {
  let connection: Connection;
  let forcing: Connection;
  const request = requestFor('ConfigMap');

  const kubectl = async (...args: string[]) =>
    (await execa('kubectl', ['--kubeconfig', kubeconfig(), '-n', namespace, ...args])).stdout;
  const dataOf = async (name: string) => JSON.parse(await kubectl('get', 'configmap', name, '-o', 'json')).data;
  const setAs = (manager: string, name: string, data: Record<string, string>) =>
    kubectl('patch', 'configmap', name, `--field-manager=${manager}`, '-p', JSON.stringify({ data }));

  beforeAll(async () => {
    connection = await connect({ kubeconfig: kubeconfig() });
    forcing = { ...connection, force: true };
    const metadata = { name: namespace };
    await create(connection, requestFor('Namespace'), { apiVersion: 'v1', kind: 'Namespace', metadata });
  });

  afterAll(() => kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false'));

  test('creates only what is not there, unless it is told to take over', async () => {
    const { id, state } = await create(connection, request, configMap('one', { a: '1' }));
    expect(id).toBe(`${namespace}/one`);
    expect(state).toMatchObject({ data: { a: '1' }, __inputs: { data: { a: '1' } } });
    await expect(create(connection, request, configMap('one', { a: '2' }))).rejects.toThrow('already exists');
    const upserting = { ...connection, upsert: true };
    await expect(create(upserting, request, configMap('one', { a: '2' }))).rejects.toThrow('conflict');
    await create({ ...upserting, force: true }, request, configMap('one', { a: '2' }));
    expect(await dataOf('one')).toEqual({ a: '2' });
  });

  test('has the server refuse what is wrong, by name', async () => {
    const misspelt = { ...configMap('wrong', {}), dataa: {} };
    await expect(create(connection, request, misspelt)).rejects.toThrow('unknown field "dataa"');
    await expect(create(connection, request, configMap('Wrong', {}))).rejects.toThrow('metadata.name');
  });

  test('previews without doing anything, and gives back as it is what cannot be known yet', async () => {
    const preview = requestFor('ConfigMap', { preview: true });
    const { id, state } = await create(connection, preview, configMap('previewed', { a: '1' }));
    expect(id).toBe('');
    expect(state.metadata).toHaveProperty('uid');
    await expect(dataOf('previewed')).rejects.toThrow('not found');
    const nowhere = configMap('a', {}, 'not-there-yet');
    expect((await create(connection, preview, nowhere)).state).toEqual(nowhere);
    const unknown = configMap('b', { a: unknownValue });
    expect((await create(connection, preview, unknown)).state).toEqual(unknown);
    await expect(create(connection, preview, configMap('Wrong', {}))).rejects.toThrow('metadata.name');
  });

  test('takes back what kubectl has set, and by force alone what others have', async () => {
    const inputs = configMap('shared', { a: '1' });
    const { state } = await create(connection, request, inputs);
    await setAs('kubectl-edit', 'shared', { a: 'kubectl' });
    const updated = await update(connection, request, state, inputs, []);
    expect(await dataOf('shared')).toEqual({ a: '1' });

    await setAs('other', 'shared', { a: 'other', b: 'more' });
    await expect(update(connection, request, updated, inputs, [])).rejects.toThrow('conflict with "other"');
    await update(connection, request, updated, inputs, ['data']);
    expect(await dataOf('shared')).toEqual({ a: 'other', b: 'more' });
    await update(forcing, request, updated, inputs, []);
    expect(await dataOf('shared')).toEqual({ a: '1', b: 'more' });
  });

  test('sees what was changed, not what was added, and what is gone', async () => {
    const inputs = configMap('drifting', { a: '1' });
    const { id, state } = await create(connection, request, inputs);
    const driftOf = async () => {
      const found = await read(connection, request, id, state, inputs);
      return found && diffInputs(request.kind, found.state, inputs, connection.mutable).changes.map(({ path }) => path);
    };
    expect(await driftOf()).toEqual([]);
    await setAs('other', 'drifting', { b: '2' });
    expect(await driftOf()).toEqual([]);
    await setAs('other', 'drifting', { a: '2' });
    expect(await driftOf()).toEqual([['data', 'a']]);
    await remove(connection, request, id, state);
    expect(await driftOf()).toBeUndefined();
    await remove(connection, request, id, state);
  });

  test('takes an object that it did not make into the state as it is', async () => {
    const { id } = await create(connection, request, configMap('imported', { a: '1' }));
    const found = await read(connection, request, id, {}, {});
    expect(found?.inputs).toEqual(configMap('imported', { a: '1' }));
  });

  test('says what rights are missing, if not in a preview', async () => {
    const config = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '-o', 'json'));
    const token = await kubectl('create', 'token', 'default', '-n', 'default');
    const users = [{ name: config.contexts[0].context.user, user: { token } }];
    const powerless = await connect({ kubeconfig: JSON.stringify({ ...config, users }) });
    const inputs = configMap('forbidden', {});
    const reason = 'configmaps is forbidden: User "system:serviceaccount:default:default" cannot create';
    await expect(create(powerless, request, inputs)).rejects.toThrow(reason);
    expect(await create(powerless, { ...request, preview: true }, inputs)).toEqual({ id: '', state: inputs });
  });
});
