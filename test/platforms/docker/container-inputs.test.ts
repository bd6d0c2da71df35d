import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../config';
import { readConfinement } from '../../../platforms/docker/confinement';
import type { ContainerInputs } from '../../../platforms/docker/container-inputs';
import { proxyVolume, volumeName } from '../../../platforms/docker/names';
import { isStray } from '../../../platforms/docker/observe';
import { proxyInputs } from '../../../platforms/docker/proxy-inputs';
import { createDockerView } from '../../../platforms/docker/view';
import { readDeclaredWorkload } from '../../../policies/live-promotion/declared-workload';
import { digestFile } from '../../../posture/digest';
import { findForeignInputs } from '../../../posture/match-workload';
import { type Posture, type WorkloadName, workloadNames } from '../../../posture/posture';
import { declareStack } from '../../../workloads/declare-all';

const root = path.resolve(__dirname, '..', '..', '..');
const image = `sha256:${'1'.repeat(64)}` as const;
const home = mkdtempSync(path.join(tmpdir(), 'cutover-docker-'));
const model = { version: '1.0.0', digest: digestFile(path.join(root, 'models/1.0.0/model.onnx')) };
const place = { stack: 'main', projectDir: root, home };

afterAll(() => rmSync(home, { recursive: true }));

function declare(settings: Record<string, string> = {}): {
  posture: Posture;
  inputs: Record<WorkloadName, ContainerInputs>;
} {
  const config = readConfig(
    { 'cutover:platform': 'docker', 'cutover:model': JSON.stringify(model), ...settings },
    root,
  );
  const view = createDockerView(config, place, image);
  const { posture, workloads } = declareStack(config, 'main', home, view);
  const inputs = Object.fromEntries(workloads.map((spec) => [spec.name, view.inputsOf(spec)]));
  return { posture, inputs: inputs as Record<WorkloadName, ContainerInputs> };
}

/** What a daemon would say of a container that was created with these inputs. */
function inspected(inputs: ContainerInputs): Parameters<typeof readConfinement>[0] {
  return {
    Config: { User: inputs.user, Entrypoint: null },
    HostConfig: {
      ReadonlyRootfs: inputs.readOnly,
      Privileged: false,
      CapAdd: null,
      CapDrop: inputs.capabilities.drops,
      SecurityOpt: inputs.securityOpts,
      GroupAdd: null,
      PidMode: '',
      UsernsMode: '',
      IpcMode: 'private',
      Devices: [],
      NetworkMode: 'bridge',
    },
    Mounts: inputs.mounts.map(({ type, source, target, readOnly }) => ({
      Type: type,
      ...(type === 'volume' ? { Name: source, Source: '/var/lib/docker/volumes/x' } : { Source: source }),
      Destination: target,
      RW: !readOnly,
    })),
    NetworkSettings: { Networks: Object.fromEntries(inputs.networksAdvanced.map(({ name }) => [name, {}])) },
  } as never;
}

const { posture, inputs } = declare();

describe('every container', () => {
  it.each(workloadNames)('%s is shut in', (name) => {
    const own = inputs[name];
    expect(own).toMatchObject({
      image,
      readOnly: true,
      capabilities: { drops: ['ALL'] },
      securityOpts: ['no-new-privileges:true'],
    });
    expect(own.user).toMatch(/^[1-9]\d*:\d+$/);
    expect(own.memory).toBeGreaterThan(0);
    // From a minute on the daemon answers another text than it was given, and every `up` would see a change.
    const { interval, timeout, startPeriod } = own.healthcheck!;
    for (const duration of [interval, timeout, startPeriod]) expect(duration).toMatch(/^([1-9]|[1-5]\d)s$/);
    for (const { ip } of own.ports ?? []) expect(ip).toBe('127.0.0.1');
    // What it may write is its own.
    const writable = own.mounts.filter(({ readOnly }) => !readOnly).map(({ source }) => source);
    expect(writable).toEqual((['data', 'logs'] as const).map((what) => volumeName(place, name, what)));
  });

  it('of a stack of the same name elsewhere has other volumes', () => {
    const elsewhere = { ...place, home: `${place.home}-2` };
    expect(volumeName(elsewhere, 'gateway', 'data')).not.toBe(volumeName(place, 'gateway', 'data'));
  });

  it('asks the daemon through a socket whose path is short, wherever the project is', () => {
    const long = { ...place, home: `/${'long/'.repeat(40)}` };
    const config = readConfig({ 'cutover:platform': 'docker', 'cutover:model': JSON.stringify(model) }, root);
    const view = createDockerView(config, long, image);
    const { workloads } = declareStack(config, 'main', long.home, view);
    const [own] = workloads.filter(({ name }) => name === 'guardian').map((spec) => view.inputsOf(spec));
    const socket = own!.envs.find((entry) => entry.startsWith('DOCKER_HOST='))!.slice('DOCKER_HOST=unix://'.length);
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(107);
    const shared = own!.mounts.find(({ target }) => target === path.dirname(socket))!;
    expect(shared).toMatchObject({ type: 'volume', source: proxyVolume(long), readOnly: true });
    const proxy = proxyInputs(long, { uid: 10_001, gid: 10_001 }, image);
    expect(proxy.envs).toContain(`PROXY_SOCKET=${socket}`);
    expect(proxy.mounts).toContainEqual({ ...shared, readOnly: false });
    // The socket of a stack of the same name elsewhere is another.
    expect(proxyVolume(place)).not.toBe(proxyVolume(long));
  });

  it('has the key of the venue only where it belongs', () => {
    const holders = workloadNames.filter((name) =>
      inputs[name].mounts.some(({ source }) => source.endsWith('/venue-key')),
    );
    expect(holders.sort()).toEqual(['gateway', 'simulated-venue']);
  });

  it('reaches the venue only from the gateway', () => {
    const onOuter = workloadNames.filter((name) =>
      inputs[name].networksAdvanced.some((network) => network.name.endsWith('-outer')),
    );
    expect(onOuter.sort()).toEqual(['gateway', 'simulated-venue']);
  });

  it('is not started again by the daemon where a halt stops it', () => {
    expect(inputs.orchestrator.restart).toBe('no');
    expect(inputs.backend.restart).toBe('no');
  });

  it('holds no secret in its environment', () => {
    for (const name of workloadNames) {
      const named = inputs[name].envs.filter((entry) => /KEY|TOKEN|SECRET|PASS/.test(entry));
      for (const entry of named) expect(entry).toMatch(/_FILE=\//);
    }
  });
});

describe('declared and observed', () => {
  it.each(workloadNames)('%s are the same confinement', (name) => {
    const real = readDeclaredWorkload('docker:index/container:Container', { ...inputs[name] })!;
    expect(readConfinement(inspected(inputs[name]))).toEqual(real.confinement);
    expect(findForeignInputs(posture, name, real)).toEqual([]);
  });

  const wider: [string, (found: ReturnType<typeof inspected>) => void][] = [
    [
      'privileged',
      (found) => {
        found.HostConfig.Privileged = true;
      },
    ],
    [
      'a capability',
      (found) => {
        found.HostConfig.CapAdd = ['NET_ADMIN'];
      },
    ],
    [
      'the host network',
      (found) => {
        found.HostConfig.NetworkMode = 'host';
      },
    ],
    [
      'another network',
      (found) => {
        found.NetworkSettings.Networks['cutover-main-outer'] = {} as never;
      },
    ],
    [
      'the daemon socket',
      (found) =>
        void found.Mounts.push({ Type: 'bind', Source: '/var/run/docker.sock', Destination: '/s', RW: true } as never),
    ],
    [
      'a writable file',
      (found) => {
        found.Mounts.at(-1)!.RW = true;
      },
    ],
    [
      'root',
      (found) => {
        found.Config.User = '0';
      },
    ],
    [
      'an entrypoint',
      (found) => {
        found.Config.Entrypoint = ['/evil'];
      },
    ],
    [
      'a writable root',
      (found) => {
        found.HostConfig.ReadonlyRootfs = false;
      },
    ],
    [
      'the processes of the host',
      (found) => {
        found.HostConfig.PidMode = 'host';
      },
    ],
    [
      'no seccomp',
      (found) => {
        found.HostConfig.SecurityOpt = ['seccomp=unconfined'];
      },
    ],
  ];
  it.each(wider)('%s is another posture', (_what, widen) => {
    const found = structuredClone(inspected(inputs.backend));
    const before = readConfinement(found);
    widen(found);
    expect(readConfinement(found)).not.toEqual(before);
  });

  it('a changed variable, image or mount is refused by name', () => {
    const base = { ...inputs.backend };
    const judge = (change: object) =>
      findForeignInputs(
        posture,
        'backend',
        readDeclaredWorkload('docker:index/container:Container', { ...base, ...change })!,
      );
    expect(judge({ envs: base.envs.map((entry) => entry.replace('TRADING_MODE=paper', 'TRADING_MODE=live')) })).toEqual(
      ['TRADING_MODE'],
    );
    expect(judge({ image: `sha256:${'2'.repeat(64)}` })).toEqual(['its code']);
    expect(judge({ mounts: [] })).toEqual(['its command or settings']);
    expect(judge({ privileged: true })).toEqual(['its command or settings']);
  });
});

it("agents run from the image of an orchestrator of one's own, as they are observed", () => {
  const own = `sha256:${'3'.repeat(64)}`;
  const { posture: declared } = declare({
    'cutover:workloads': JSON.stringify({ orchestrator: { command: ['run'], image: `any/own@${own}` } }),
    'cutover:agents': JSON.stringify({ live_trader: { enabled: true } }),
  });
  expect([declared.workloads.orchestrator, declared.agents[0]!.source]).toEqual([own, own]);
});

describe('a container that nothing in the stack accounts for', () => {
  const plain = {
    Names: ['/other'],
    Labels: {},
    ImageID: 'sha256:other',
    NetworkSettings: { Networks: { bridge: {} } },
    Mounts: [],
  };
  const judge = (change: object) => isStray({ ...plain, ...change } as never, place, new Set([image]));

  it('is none of ours', () => expect(judge({})).toBe(false));
  it('is known by its name', () => expect(judge({ Names: ['/cutover-main-backend'], ImageID: image })).toBe(false));
  it.each([
    ['label', { Labels: { 'cutover.stack': 'main' } }],
    ['network', { NetworkSettings: { Networks: { 'cutover-main-inner': {} } } }],
    ['folder', { Mounts: [{ Source: path.join(home, 'stacks', 'main', 'backend', 'data') }] }],
    ['volume', { Mounts: [{ Name: proxyVolume(place), Source: '/var/lib/docker/volumes/x/_data' }] }],
    ['program', { ImageID: image }],
  ])('takes part by its %s', (_by, change) => expect(judge(change)).toBe(true));
  it("is another stack's", () => expect(judge({ ImageID: image, Labels: { 'cutover.stack': 'other' } })).toBe(false));

  const carrier = {
    Names: ['/cutover-main-carrier-0123456789ab'],
    Labels: { 'cutover.stack': 'main' },
    ImageID: image,
    NetworkSettings: { Networks: { none: {} } },
  };
  const judgeThere = (change: object, root = '/var/lib/cutover/x') =>
    isStray({ ...plain, ...carrier, ...change } as never, place, new Set([image]), root);

  it('on another host, ours that runs for a moment is none', () => expect(judgeThere({})).toBe(false));
  it.each([
    ['on this machine, where none is run', {}, ''],
    ['with a network', { NetworkSettings: { Networks: { 'cutover-main-inner': {} } } }, undefined],
    ['with any network', { NetworkSettings: { Networks: { none: {}, bridge: {} } } }, undefined],
    ['of another image', { ImageID: 'sha256:other' }, undefined],
    ['by another name as well', { Names: [...carrier.Names, '/other'] }, undefined],
    ['by a name like it', { Names: ['/cutover-main-carrier-x'] }, undefined],
  ])('but not %s', (_how, change, root) => expect(judgeThere(change, root)).toBe(true));
  it('there, takes part by a folder under its root', () => {
    const folder = (root: string) => ({
      Mounts: [{ Source: `${root}${path.join(home, 'stacks', 'main', 'gateway', 'data')}` }],
    });
    const there = (change: object) => isStray({ ...plain, ...change } as never, place, new Set(), '/var/lib/cutover/x');
    expect(there(folder('/var/lib/cutover/x'))).toBe(true);
    expect(there(folder('/elsewhere'))).toBe(false);
  });
});

describe('for a daemon on another host', () => {
  const before = process.env.DOCKER_HOST;
  beforeAll(() => {
    process.env.DOCKER_HOST = 'ssh://ops@trading.example.com';
  });
  afterAll(() => {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  });

  it('every path inside is as here, every one outside under one folder of that host, whoever applies', () => {
    for (const name of workloadNames) {
      const { mounts, user, envs } = declare().inputs[name];
      expect(user).toBe('10001:10001');
      for (const { type, source, target } of mounts.filter((mount) => mount.type === 'bind')) {
        expect([type, source]).toEqual(['bind', expect.stringMatching(/^\/var\/lib\/cutover\/[0-9a-f]{8}\//)]);
        expect(source.endsWith(target)).toBe(true);
      }
      expect(
        envs.some((entry) => entry.startsWith('CUTOVER_HOST_ROOT=')),
        name,
      ).toBe(name === 'guardian');
    }
  });

  it("its proxy is given the daemon's socket there", () => {
    const daemon = { address: 'ssh://ops@trading.example.com', socket: '/run/user/1000/docker.sock' };
    const proxy = proxyInputs(place, { uid: 10_001, gid: 10_001 }, image, daemon);
    expect(proxy.envs).toContain('DOCKER_SOCKET=/run/user/1000/docker.sock');
    expect(proxy.mounts[0]).toMatchObject({ type: 'bind', source: daemon.socket, target: daemon.socket });
  });
});
