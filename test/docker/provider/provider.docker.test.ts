import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureEngine } from '../../../toolchain/engine';
import { engineEnvironment } from '../../../toolchain/engine-environment';
import { bundleEntry } from '../../helpers/bundle';
import { describeOnDocker, docker, removeLabelled } from '../bed';
import { makeNodeImage } from '../node-image';

const root = path.resolve(__dirname, '..', '..', '..');
const label = `cutover.test=provider-${process.pid}`;
const name = `provider-test-${process.pid}`;

/** What the program of this test declares; `more` are further inputs of the container. */
interface Declared {
  readonly mode?: string;
  readonly more?: Record<string, unknown>;
}

describeOnDocker('the plugin of @pulumi/docker, or its stand-in', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-provider-'));
  let env: NodeJS.ProcessEnv;
  let image: string;

  async function pulumi(...args: string[]) {
    const run = await execa('pulumi', [...args, '--stack', 'main', '--non-interactive', '--color', 'never'], {
      cwd: folder,
      env,
      extendEnv: false,
      reject: false,
      all: true,
    });
    return { code: run.exitCode, output: run.all };
  }

  /** @returns how many resources were created, updated, replaced and so on; and everything that was said */
  async function up(declared: Declared, ...args: string[]) {
    writeFileSync(path.join(folder, 'declared.json'), JSON.stringify({ image, ...declared }));
    const { code, output } = await pulumi('up', '--yes', '--skip-preview', ...args);
    const counts = [...output.matchAll(/^.*?(\d+) (created|updated|replaced|deleted)$/gm)];
    return { code, output, changes: Object.fromEntries(counts.map(([, count, what]) => [what!, Number(count)])) };
  }

  const container = () => docker().getContainer(name).inspect();

  beforeAll(async () => {
    image = await makeNodeImage(docker(), 'provider:test');
    const engine = await ensureEngine({ onProgress: (message) => console.error(message) });
    const languageHost = await bundleEntry('toolchain/language-host.ts');
    mkdirSync(path.join(folder, 'state'));
    env = {
      ...process.env,
      ...engineEnvironment(engine, { home: folder, languageHost }),
      PULUMI_BACKEND_URL: `file://${path.join(folder, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: 'test',
    };
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    writeFileSync(path.join(folder, 'Pulumi.yaml'), 'name: probe\nruntime: nodejs\n');
    writeFileSync(path.join(folder, 'package.json'), '{"name": "probe", "version": "1.0.0", "main": "index.js"}');
    writeFileSync(
      path.join(folder, 'index.js'),
      `const docker = require('@pulumi/docker');
const { image, mode, more } = require('./declared.json');
const name = ${JSON.stringify(name)};
const [label, value] = ${JSON.stringify(label)}.split('=');
const labels = [{ label, value }];
const net = new docker.Network('net', { name, labels });
const vol = new docker.Volume('vol', { name, labels });
new docker.Container('box', {
  name, image, labels,
  command: ['/node', '-e', "require('node:http').createServer((q, r) => r.end(process.env.MODE)).listen(8080)"],
  envs: ['MODE=' + mode],
  networksAdvanced: [{ name: net.name, aliases: ['box'] }],
  mounts: [{ type: 'volume', source: vol.name, target: '/data' }],
  ports: [{ internal: 8080, ip: '127.0.0.1' }],
  user: '10001:10001', readOnly: true, capabilities: { drops: ['ALL'] }, securityOpts: ['no-new-privileges:true'],
  tmpfs: { '/tmp': 'rw,noexec,size=16m' }, logDriver: 'json-file', logOpts: { 'max-size': '1m' },
  memory: 128, memorySwap: 128, cpus: '0.5', ulimits: [{ name: 'nproc', soft: 64, hard: 64 }],
  healthcheck: {
    tests: ['CMD', '/node', '-e', "fetch('http://127.0.0.1:8080').then(() => process.exit(0), () => process.exit(1))"],
    interval: '500ms', timeout: '5s', retries: 3,
  },
  wait: true, waitTimeout: 30, restart: 'no', destroyGraceSeconds: 1,
  ...more,
});
`,
    );
    const { code, output } = await pulumi('stack', 'init');
    expect(code, output).toBe(0);
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await removeLabelled(label);
  });

  test('creates a network, a volume and a container that is healthy, as declared, and then finds no difference', async () => {
    const first = await up({ mode: 'paper' });
    expect(first.code, first.output).toBe(0);
    expect(first.changes).toEqual({ created: 4 });
    const found = await container();
    expect(found.Image).toBe(image);
    expect(found.State.Health?.Status).toBe('healthy');
    expect(found.Config).toMatchObject({ Env: ['MODE=paper'], User: '10001:10001' });
    expect(found.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Memory: 128 * 1024 * 1024,
      MemorySwap: 128 * 1024 * 1024,
      NanoCpus: 5e8,
      Ulimits: [{ Name: 'nproc', Soft: 64, Hard: 64 }],
    });
    expect(Object.keys(found.NetworkSettings.Networks)).toEqual([name]);
    expect(found.NetworkSettings.Networks[name]?.Aliases).toContain('box');
    expect(found.Mounts).toMatchObject([{ Type: 'volume', Name: name, Destination: '/data' }]);
    const port = found.NetworkSettings.Ports['8080/tcp']?.[0];
    expect(port?.HostIp).toBe('127.0.0.1');
    expect(await (await fetch(`http://127.0.0.1:${port?.HostPort}`)).text()).toBe('paper');

    const again = await up({ mode: 'paper' }, '--refresh');
    expect(again.output).toContain('4 unchanged');
  });

  test('replaces the container for another environment, deleting first, and leaves the volume', async () => {
    const before = await container();
    const { code, output, changes } = await up({ mode: 'live' });
    expect(code, output).toBe(0);
    expect(changes).toEqual({ replaced: 1 });
    const after = await container();
    expect(after.Id).not.toBe(before.Id);
    expect(after.Config.Env).toEqual(['MODE=live']);
    const { Volumes } = await docker().listVolumes({ filters: { label: [label] } });
    expect(Volumes).toHaveLength(1);
  });

  test('updates the restart policy in place', async () => {
    const before = await container();
    const { code, output, changes } = await up({ mode: 'live', more: { restart: 'unless-stopped' } });
    expect(code, output).toBe(0);
    expect(changes).toEqual({ updated: 1 });
    const after = await container();
    expect(after.Id).toBe(before.Id);
    expect(after.HostConfig.RestartPolicy).toMatchObject({ Name: 'unless-stopped' });
  });

  test('repairs by a refresh what was stopped, and what was removed', async () => {
    const declared = { mode: 'live', more: { restart: 'no', ports: [] } };
    expect((await up(declared)).code).toBe(0);
    const before = await container();
    await docker().getContainer(name).kill();
    const stopped = await up(declared, '--refresh');
    expect(stopped.code, stopped.output).toBe(0);
    expect(await container()).toMatchObject({ Id: before.Id, State: { Running: true } });

    await docker().getContainer(name).remove({ force: true });
    const removed = await up(declared, '--refresh');
    expect(removed.code, removed.output).toBe(0);
    expect(await container()).toMatchObject({ State: { Running: true, Health: { Status: 'healthy' } } });
  });

  test('refuses misspelt and missing inputs by name, and changes nothing', async () => {
    const before = await container();
    const more = { healthcheck: { test: ['CMD'] }, memory: '128', image: null };
    const { code, output } = await up({ mode: 'paper', more });
    expect(code).not.toBe(0);
    expect(output).toContain('healthcheck.test: an input that the schema of @pulumi/docker does not know');
    expect(output).toContain('memory: expected a number, received string');
    expect(output).toContain('image: a required input is missing');
    expect((await container()).Id).toBe(before.Id);
  });

  test('fails with the last of the log when the container does not get healthy in time', async () => {
    const more = {
      waitTimeout: 1,
      command: ['/node', '-e', "console.log('no database'); setInterval(() => {}, 1000)"],
    };
    const { code, output } = await up({ mode: 'live', more });
    expect(code).not.toBe(0);
    expect(output).toContain('container failed to be in healthy state');
    expect(output).toContain('no database');
  });

  test('removes everything in the end', async () => {
    const { code, output } = await pulumi('destroy', '--yes', '--skip-preview');
    expect(code, output).toBe(0);
    const filters = { label: [label] };
    expect(await docker().listContainers({ all: true, filters })).toEqual([]);
    expect(await docker().listNetworks({ filters })).toEqual([]);
    expect((await docker().listVolumes({ filters })).Volumes ?? []).toEqual([]);
  });
});
