import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { describeOnDocker, docker, removeLabelled } from './bed';
import { makeNodeImage } from './node-image';
import { startRegistry } from './registry';

/**
 * What is wrong with a daemon, an image, a name or a port is said by name, with the way out, before anything is changed.
 */
let project: TestProject;
const isRoot = process.getuid?.() === 0;
const label = 'cutover.test=bad-input';
const noImage = `sha256:${'0'.repeat(64)}`;

describeOnDocker('bad input', () => {
  beforeAll(async () => {
    await prepareEngine();
    project = await makeProject((config) => set(config, 'platform', 'docker'));
  });

  afterAll(async () => {
    await removeLabelled(label);
    await removeLabelled('cutover.stack');
    await project?.destroy();
  });

  /** Runs a verb with another environment, or under another command. */
  async function run(verb: string, env: Record<string, string>, under: string[] = []) {
    const node = path.join(project.dir, 'node_modules', 'node', 'bin', 'node');
    const [file, ...args] = [...under, node, path.join(project.dir, 'bin', 'cutover.js'), verb, '--json'];
    const { exitCode, stdout, stderr } = await execa(file!, args, { cwd: project.dir, env, reject: false });
    expect(stdout, stderr).toMatch(/^\{/);
    expect(stderr).not.toMatch(/^\s+at /m); // no trace of a stack
    return { exitCode, error: JSON.parse(stdout).error };
  }

  /** Everything on the daemon that is of a stack. */
  async function made(): Promise<string[]> {
    const filters = { label: ['cutover.stack'] };
    const { Volumes } = await docker().listVolumes({ filters });
    const [containers, networks] = [
      await docker().listContainers({ all: true, filters }),
      await docker().listNetworks({ filters }),
    ];
    return [...[...containers, ...networks].map(({ Id }) => Id), ...(Volumes ?? []).map(({ Name }) => Name)];
  }

  it('no daemon', async () => {
    expect(await run('up', { DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toMatchObject({
      exitCode: 5,
      error: {
        code: 'daemon_missing',
        message: expect.stringMatching(
          /unix:\/\/\/nowhere\/docker\.sock, received no answer.*start it, or set DOCKER_HOST/,
        ),
      },
    });
  });

  it('no permission on its socket', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cutover-socket-'));
    const socket = path.join(folder, 'docker.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ path: socket, writableAll: false }, resolve));
    try {
      // Root is let in everywhere, but without the capability that lets it.
      const under = isRoot ? ['setpriv', '--bounding-set=-dac_override', '--inh-caps=-dac_override'] : [];
      if (isRoot) chownSync(socket, 65_534, 65_534);
      else await execa('chmod', ['000', socket]);
      expect(await run('up', { DOCKER_HOST: `unix://${socket}` }, under)).toMatchObject({
        exitCode: 5,
        error: {
          code: 'daemon_missing',
          message: expect.stringMatching(/docker\.sock, received permission denied; join the group of its socket/),
        },
      });
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('a daemon elsewhere over a network in plain text, or at an address that is none, at preview and up', async () => {
    for (const [verb, host, words] of [
      ['preview', 'npipe:////./pipe/docker_engine', /received npipe:.*unset DOCKER_HOST/],
      ['up', 'tcp://192.0.2.1:2375', /received tcp:\/\/192\.0\.2\.1:2375 without TLS: .*DOCKER_TLS_VERIFY=1/],
    ] as const) {
      expect(await run(verb, { DOCKER_HOST: host })).toMatchObject({
        exitCode: 5,
        error: { code: 'daemon_remote', message: expect.stringMatching(words) },
      });
    }
  });

  it('a daemon elsewhere that is this one', async () => {
    const socket = docker().modem as unknown as { socketPath: string };
    const server = createServer((client) => {
      const daemon = connect(socket.socketPath);
      client.on('error', () => daemon.destroy()).pipe(daemon);
      daemon.on('error', () => client.destroy()).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await run('up', { DOCKER_HOST: host })).toMatchObject({
        exitCode: 5,
        error: { code: 'daemon_remote', message: expect.stringMatching(/sees the files of this machine.*Unix socket/) },
      });
    } finally {
      server.close();
    }
  });

  it.runIf(isRoot)('a daemon whose socket is here and whose files are elsewhere', async () => {
    // The verb's home is a mount that the daemon does not see.
    const home = path.join(project.dir, '.cutover');
    const inOwn = `mkdir -p ${home} && mount -t tmpfs tmpfs ${home} && exec "$@"`;
    const under = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', inOwn, 'sh'];
    expect(await run('up', {}, under)).toMatchObject({
      exitCode: 5,
      error: { code: 'daemon_remote', message: expect.stringContaining(`does not see ${home}`) },
    });
    const all = await docker().listContainers({ all: true, filters: { status: ['created'] } });
    expect(all).toEqual([]);
  });

  it('an image that cannot be had, and one by tag', async () => {
    const backend = (image: string) =>
      project.configure('Own backend', (config) =>
        set(config, ['workloads', 'backend'], { image, command: ['/backend'] }),
      );
    const { host } = await startRegistry();
    for (const image of [noImage, `${host}/team/backend@${noImage}`, `127.0.0.1:1/backend@${noImage}`]) {
      backend(image);
      const missing = await project.cutover('up');
      expect(missing).toMatchObject({ exitCode: 5, json: { error: { code: 'image_missing' } } });
      expect(missing.json.error.details).toEqual([expect.stringContaining(`received ${image}: `)]);
      expect(missing.json.error.details[0]).toMatch(/^cutover:workloads\.backend\.image: expected an image/);
      project.git('revert', '--no-edit', 'HEAD');
    }
    backend('backend:latest');
    expect(await project.cutover('up')).toMatchObject({ exitCode: 2, json: { error: { code: 'invalid_config' } } });
    project.git('revert', '--no-edit', 'HEAD');
  });

  it('names that something else has on this daemon: said on the first up, and nothing of it is touched', async () => {
    const image = await makeNodeImage(docker(), 'bad-input:test');
    const [key, value] = label.split('=');
    const Labels = { [key!]: value! };
    const foreign = await docker().createContainer({
      name: 'cutover-main-backend',
      Image: image,
      Cmd: ['/node', '-e', 'setInterval(() => {}, 1000)'],
      Env: ['DATA_DIR=/elsewhere/backend/data'],
      Labels,
    });
    await foreign.start();
    const network = await docker().createNetwork({ Name: 'cutover-main-inner', Labels });
    const before = await foreign.inspect();
    const taken = await project.cutover('up');
    expect(taken).toMatchObject({ exitCode: 1, json: { error: { code: 'name_taken' } } });
    expect(taken.json.error.message).toContain('nothing was changed');
    expect(taken.json.error.details).toEqual([
      expect.stringMatching(/container cutover-main-backend .*keeps its data in \/elsewhere\/backend\/data; .*--stack/),
      expect.stringMatching(/network cutover-main-inner .*docker network rm cutover-main-inner/),
    ]);
    expect(await foreign.inspect()).toEqual(before);
    expect(await network.inspect()).toMatchObject({ Labels });
    expect(await made()).toEqual([]);
    await removeLabelled(label);
  });

  it('a port that is taken by somebody else', async () => {
    const server = createServer().listen(project.ports.backend, '127.0.0.1');
    try {
      const taken = await project.cutover('up');
      expect(taken).toMatchObject({ exitCode: 2, json: { error: { code: 'port_taken' } } });
      expect(taken.json.error.details).toEqual([expect.stringContaining('cutover:ports.backend')]);
    } finally {
      server.close();
    }
    expect(await made()).toEqual([]);
  });
});
