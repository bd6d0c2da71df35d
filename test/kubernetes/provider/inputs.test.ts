import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkInputs } from './check';
import { kinds, tokenOf } from './kinds';
import { canonicalQuantity } from './quantity';
import { readShapes } from './read-shapes';
import { makeSecret, markedLike, withoutMarks } from './secrets';
import { checkShape, type Properties, unknownValue } from './shape';

const shapes = readShapes(path.resolve(__dirname, '..', '..', '..', 'node_modules', '@pulumi', 'kubernetes'), kinds);

function check(name: string, news: Properties) {
  const kind = kinds.find((one) => one.kind === name)!;
  const { apiVersion } = kind;
  return checkInputs(kind, { apiVersion, kind: name, ...news }, shapes[tokenOf(kind)]!, 'trading');
}

const failuresOf = (name: string, news: Properties) =>
  check(name, news).failures.map(({ property, reason }) => `${property}: ${reason}`);

/** A deployment of one container. */
function deployment(container: Properties, pod: Properties = {}): Properties {
  const labels = { app: 'box' };
  const spec = { containers: [{ name: 'box', image: 'one', ...container }], ...pod };
  return {
    metadata: { name: 'box' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

function podOf({ inputs }: { inputs: Properties }): { containers: Properties[] } & Properties {
  return (inputs.spec as { template: { spec: { containers: Properties[] } } }).template.spec;
}

describe('the inputs that the official package knows', () => {
  it('are read from its types, for every kind', () => {
    expect(Object.keys(shapes)).toEqual(kinds.map(tokenOf));
    const labels = shapes['kubernetes:core/v1:ServiceAccount']!.properties.metadata!.shape;
    expect(checkShape({ name: 'a', labels: { b: 'c' } }, labels)).toEqual([]);
  });

  it('are all that is accepted, at any depth', () => {
    const unknown = 'an input that the schema of @pulumi/kubernetes does not know';
    expect(failuresOf('Namespace', { metadata: { name: 'a' }, specs: {} })).toEqual([`specs: ${unknown}`]);
    const ports = [{ containerPort: 80 }, { containerport: 80 }];
    expect(failuresOf('Deployment', deployment({ ports }))).toEqual([
      'spec.template.spec.containers[0].ports[1].containerPort: a required input is missing',
      `spec.template.spec.containers[0].ports[1].containerport: ${unknown}`,
    ]);
    expect(failuresOf('Deployment', deployment({ env: { A: '1' }, tty: 'yes' }))).toEqual([
      'spec.template.spec.containers[0].env: expected a list, received an object',
      'spec.template.spec.containers[0].tty: expected a boolean, received a string',
    ]);
    expect(failuresOf('ConfigMap', { metadata: { name: 'a' }, data: { port: 80 } })).toEqual([
      'data.port: expected a string, received a number',
    ]);
    expect(failuresOf('ConfigMap', { kind: 'Secret', metadata: { name: 'a' } })).toEqual([
      'kind: expected "ConfigMap", received a string',
    ]);
  });

  it('take a number or a name for a port', () => {
    const service = (targetPort: unknown) => ({
      metadata: { name: 'a' },
      spec: { ports: [{ port: 80, targetPort }] },
    });
    expect(failuresOf('Service', service(8080))).toEqual([]);
    expect(failuresOf('Service', service('http'))).toEqual([]);
    expect(failuresOf('Service', service(true))).toEqual([
      'spec.ports[0].targetPort: expected a number or a string, received a boolean',
    ]);
  });

  it('may be unknown before something else is created', () => {
    expect(failuresOf('ConfigMap', { metadata: { name: unknownValue }, data: unknownValue })).toEqual([]);
    expect(failuresOf('Deployment', deployment({ image: unknownValue, ports: unknownValue }))).toEqual([]);
  });

  it('never tell a value that is refused', () => {
    expect(JSON.stringify(check('Secret', { metadata: { name: 'a' }, stringData: 'hidden' }).failures)).not.toContain(
      'hidden',
    );
  });
});

describe('a name', () => {
  it('must be given', () => {
    expect(failuresOf('ConfigMap', {})).toEqual([expect.stringMatching(/^metadata\.name: expected a name/)]);
    expect(failuresOf('ConfigMap', { metadata: { generateName: 'a' } })).toEqual([
      'metadata.generateName: not supported by server-side apply',
    ]);
  });

  it('comes with the provider’s namespace, but where there is none or another', () => {
    const metadataOf = (name: string, metadata: Properties) => check(name, { metadata }).inputs.metadata;
    expect(metadataOf('ConfigMap', { name: 'a' })).toEqual({ name: 'a', namespace: 'trading' });
    expect(metadataOf('ConfigMap', { name: 'a', namespace: 'b' })).toEqual({ name: 'a', namespace: 'b' });
    expect(metadataOf('Namespace', { name: 'a' })).toEqual({ name: 'a' });
  });
});

describe('the canonical form', () => {
  it('leaves out what says nothing, and nothing else', () => {
    const container = podOf(
      check('Deployment', deployment({ env: [{ name: 'A', value: '' }], command: [], tty: false, livenessProbe: {} })),
    ).containers[0];
    expect(container).toEqual({ name: 'box', image: 'one', env: [{ name: 'A' }], livenessProbe: {} });
    const pod = podOf(check('Deployment', deployment({}, { automountServiceAccountToken: false, hostNetwork: false })));
    expect(pod).toMatchObject({ automountServiceAccountToken: false });
    expect(pod).not.toHaveProperty('hostNetwork');
    const scaled = { ...deployment({}), spec: { ...(deployment({}).spec as Properties), replicas: 0 } };
    expect(check('Deployment', scaled).inputs.spec).toMatchObject({ replicas: 0 });
    const claim = check('PersistentVolumeClaim', { metadata: { name: 'a' }, spec: { storageClassName: '' } });
    expect(claim.inputs.spec).toEqual({ storageClassName: '' });
    expect(check('ConfigMap', { metadata: { name: 'a', labels: {} }, data: { empty: '' } }).inputs).toMatchObject({
      metadata: { name: 'a', namespace: 'trading' },
      data: { empty: '' },
    });
  });

  it('is not sought while something is unknown', () => {
    const env = [
      { name: 'A', value: '' },
      { name: 'B', value: unknownValue },
    ];
    expect(podOf(check('Deployment', deployment({ env }))).containers[0]).toMatchObject({ env });
  });

  it('has the strings of a Secret among its data', () => {
    const secret = { metadata: { name: 'a' }, stringData: { token: 'abc' }, data: { other: 'eA==' } };
    const { inputs } = check('Secret', secret);
    expect(inputs.data).toEqual({ token: 'YWJj', other: 'eA==' });
    expect(inputs).not.toHaveProperty('stringData');
  });

  it('has quantities as a server gives them back', () => {
    const requests = { cpu: '0.5', memory: '1024Mi' };
    expect(podOf(check('Deployment', deployment({ resources: { requests } }))).containers[0]).toMatchObject({
      resources: { requests: { cpu: '500m', memory: '1Gi' } },
    });
    const given = ['1000m', '1.5', '1.5Gi', '2048Ki', '0.5Ki', '1000', '1024', '0', '-2000m', '128M', '1e3', '0.0001'];
    expect(given.map(canonicalQuantity)).toEqual([
      ...['1', '1500m', '1536Mi', '2Mi', '512', '1k', '1024', '0', '-2', '128M', '1e3', '0.0001'],
    ]);
  });
});

describe('secrets', () => {
  const marked = { data: { key: makeSecret('hidden'), open: 'seen' }, list: ['a', makeSecret('b')] };

  it('are told to the server as they are', () => {
    expect(withoutMarks(marked)).toEqual({ data: { key: 'hidden', open: 'seen' }, list: ['a', 'b'] });
    expect(withoutMarks({ data: makeSecret({ key: makeSecret('hidden') }) })).toEqual({ data: { key: 'hidden' } });
  });

  it('are marked again in what comes back: alone in an object, with the whole in a list', () => {
    const live = { data: { key: 'changed', open: 'seen', more: 'x' }, list: ['b', 'a'], status: {} };
    expect(markedLike(live, marked)).toEqual({
      data: { key: makeSecret('changed'), open: 'seen', more: 'x' },
      list: makeSecret(['b', 'a']),
      status: {},
    });
    expect(markedLike({ data: { a: '1' } }, { data: makeSecret({ a: '1' }) }).data).toEqual(makeSecret({ a: '1' }));
  });

  it('are all the data of a Secret, marked or not', () => {
    expect(markedLike({ kind: 'Secret', data: { a: '1' } }, { data: { a: '1' } }).data).toEqual(makeSecret({ a: '1' }));
  });
});
