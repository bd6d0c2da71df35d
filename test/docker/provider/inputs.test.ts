import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerAttributes, networkAttributes, volumeAttributes } from './attributes';
import { checkInputs } from './check';
import { diffInputs } from './diff';
import { formatDuration, parseDuration } from './duration';
import { readShapes } from './read-shapes';
import { checkShape, unknownValue } from './shape';

const shapes = readShapes(path.resolve(__dirname, '..', '..', '..', 'node_modules', '@pulumi', 'docker'));

const check = (news: Record<string, unknown>, olds: Record<string, unknown> = {}) =>
  checkInputs('box', olds, news, shapes.container, containerAttributes);
const failuresOf = (news: Record<string, unknown>) =>
  check({ image: 'one', ...news }).failures.map(({ property, reason }) => `${property}: ${reason}`);

describe('the inputs that the official package knows', () => {
  it('are read from its types', () => {
    expect(checkShape({ image: 'one', memory: 64, envs: ['A=1'] }, shapes.container)).toEqual([]);
    expect(shapes.container.properties.image).toEqual({ required: true, shape: { kind: 'string' } });
    expect(Object.keys(shapes.network.properties)).toContain('ipamConfigs');
    expect(shapes.volume.properties.driverOpts?.shape).toEqual({ kind: 'map', of: { kind: 'string' } });
  });

  it('are all that is accepted, at any depth', () => {
    expect(failuresOf({ pidsLimit: 1 })).toEqual([
      'pidsLimit: an input that the schema of @pulumi/docker does not know',
    ]);
    expect(failuresOf({ ports: [{ internal: 1 }, { internal: 1, hostIp: 'x' }] })).toEqual([
      'ports[1].hostIp: an input that the schema of @pulumi/docker does not know',
    ]);
    expect(failuresOf({ image: undefined, mounts: [{ type: 'bind' }] })).toEqual([
      'image: a required input is missing',
      'mounts[0].target: a required input is missing',
    ]);
    expect(failuresOf({ memory: 1.5, envs: 'A=1', tmpfs: { '/tmp': 1 } })).toEqual([
      'memory: expected a whole number, received 1.5',
      'envs: expected a list, received string',
      'tmpfs./tmp: expected a string, received number',
    ]);
  });

  it('may be unknown before something else is created', () => {
    expect(failuresOf({ memory: unknownValue, networksAdvanced: [{ name: unknownValue }] })).toEqual([]);
  });

  it('are refused when the stand-in would leave them out', () => {
    const reason = 'the stand-in for the plugin of @pulumi/docker does not apply this input';
    expect(failuresOf({ gpus: 'all' })).toEqual([`gpus: ${reason}`]);
    expect(failuresOf({ networksAdvanced: [{ name: 'a', macAddress: 'b' }] })).toEqual([
      `networksAdvanced[].macAddress: ${reason}`,
    ]);
  });

  it('cover what the stand-in says of them', () => {
    const named = (shape: { properties: object }, attributes: typeof containerAttributes) => {
      const names = [...attributes.computed, ...attributes.updated, ...attributes.replacedByCount];
      const paths = [...attributes.unsupported, ...attributes.emptyIsAny, ...Object.keys(attributes.nestedDefaults)];
      const all = [...names, ...paths.map((name) => name.split(/\[|\./)[0]!), ...Object.keys(attributes.defaults)];
      return all.filter((name) => !(name in shape.properties));
    };
    expect(named(shapes.container, containerAttributes)).toEqual([]);
    expect(named(shapes.network, networkAttributes)).toEqual([]);
    expect(named(shapes.volume, volumeAttributes)).toEqual([]);
  });
});

describe('defaults', () => {
  it('are filled in and named, also in what is nested', () => {
    const { inputs } = check({ name: 'box', image: 'one', ports: [{ internal: 80, ip: '127.0.0.1' }] });
    expect(inputs).toMatchObject({ mustRun: true, restart: 'no', networkMode: 'bridge' });
    expect(inputs.ports).toEqual([{ internal: 80, ip: '127.0.0.1', protocol: 'tcp', __defaults: ['protocol'] }]);
    expect(inputs.__defaults).toContain('mustRun');
    expect(inputs.__defaults).not.toContain('name');
  });

  it('make up a name once', () => {
    const { inputs } = check({ image: 'one' });
    expect(inputs.name).toMatch(/^box-[0-9a-f]{7}$/);
    expect(check({ image: 'two' }, inputs).inputs.name).toBe(inputs.name);
  });
});

describe('a difference', () => {
  const state = check({ name: 'box', image: 'one', envs: ['A=1', 'B=2'], memory: 64, memorySwap: 64 }).inputs;
  const diff = (news: Record<string, unknown>) =>
    diffInputs(state, { ...state, ...news }, shapes.container, containerAttributes);

  it('is none for what is the same, in another order, empty, or the daemon’s own choice', () => {
    expect(diff({ envs: ['B=2', 'A=1'], dns: [], privileged: false, hostname: undefined }).changed).toEqual([]);
  });

  it('is none in the port that the daemon chose', () => {
    const wanted = { internal: 80, ip: '127.0.0.1', protocol: 'tcp' };
    const found = { ...state, ports: [{ ...wanted, external: 49153 }] };
    const difference = (port: object) =>
      diffInputs(found, { ...state, ports: [port] }, shapes.container, containerAttributes);
    expect(difference(wanted).changed).toEqual([]);
    expect(difference({ ...wanted, external: 80 }).replaces).toEqual(['ports']);
  });

  it('of the environment replaces, deleting first', () => {
    const replaced = { changed: ['envs'], replaces: ['envs'], deleteBeforeReplace: true };
    expect(diff({ envs: ['A=1'] })).toEqual(replaced);
    expect(diff({ envs: ['A=1', unknownValue] })).toEqual(replaced);
  });

  it('of memory, restart policy or health check is an update', () => {
    const news = { memory: 128, restart: 'always', healthcheck: { tests: ['NONE'] } };
    expect(diff(news)).toEqual({
      changed: ['healthcheck', 'memory', 'restart'],
      replaces: [],
      deleteBeforeReplace: false,
    });
  });

  it('of mounts replaces only when their number changes', () => {
    const mount = { type: 'bind', source: '/a', target: '/a' };
    expect(diff({ mounts: [mount] }).replaces).toEqual(['mounts']);
    const mounted = diffInputs(
      { ...state, mounts: [mount] },
      { ...state, mounts: [{ ...mount, source: '/b' }] },
      shapes.container,
      containerAttributes,
    );
    expect(mounted).toMatchObject({ changed: ['mounts'], replaces: [] });
  });

  it('of what was not declared but read back is one', () => {
    const { memorySwap: _, ...undeclared } = state;
    expect(diffInputs(state, undeclared, shapes.container, containerAttributes).changed).toEqual(['memorySwap']);
    expect(
      diffInputs({ ...state, cpus: '1.0' }, { ...state, cpus: '1' }, shapes.container, containerAttributes).replaces,
    ).toEqual(['cpus']);
  });

  it('of a network or volume replaces it, deleting first where the name is its own', () => {
    const network = { name: 'net', driver: 'bridge', __defaults: [] };
    const news = { ...network, internal: true };
    const difference = diffInputs(network, news, shapes.network, networkAttributes);
    expect(difference).toEqual({ changed: ['internal'], replaces: ['internal'], deleteBeforeReplace: true });
    const made = diffInputs(network, { ...news, __defaults: ['name'] }, shapes.network, networkAttributes);
    expect(made.deleteBeforeReplace).toBe(false);
  });
});

describe('durations', () => {
  it('are read and written as Go does', () => {
    expect(['0s', '500ms', '60s', '1m30s', '1h'].map((text) => formatDuration(parseDuration(text)))).toEqual([
      '0s',
      '500ms',
      '1m0s',
      '1m30s',
      '1h0m0s',
    ]);
    expect(() => parseDuration('3 seconds')).toThrow('expected a duration');
  });
});
