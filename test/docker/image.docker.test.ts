import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type Dockerode from 'dockerode';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { digestFile } from '../../posture/digest';
import { type BuiltImage, buildImage, loadImage, pushImage, readImage, readRepository } from '../../toolchain/image';
import { readArchive, readTar } from '../toolchain/image/read-tar';
import { smallRoot, smallRuntime, temporary } from '../toolchain/image/small-root';
import { describeOnDocker, docker, removeLabelled } from './bed';
import { startRegistry } from './registry';

const root = path.resolve(__dirname, '..', '..');
const node = '/usr/local/bin/node';
const label = 'cutover.test=image';
/** As hard as containers of stacks are confined, and without any network. */
const confined: Dockerode.HostConfig = {
  ReadonlyRootfs: true,
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges:true'],
  NetworkMode: 'none',
};

/** What `node -e` runs to tell about its surroundings. */
const tellSurroundings = `
  const fs = require('node:fs');
  const attempt = (task) => { try { return String(task()); } catch (error) { return error.code; } };
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  require('node:dns').promises.lookup('localhost').then(({ address }) => console.log('told', JSON.stringify({
    version: process.version, uid: process.getuid(), gid: process.getgid(), cwd: process.cwd(), address,
    capabilities: /CapEff:\\s*(\\w+)/.exec(status)[1], noNewPrivileges: /NoNewPrivs:\\s*(\\d)/.exec(status)[1],
    write: attempt(() => fs.writeFileSync('/cutover/dist/x', '')), bin: attempt(() => fs.readdirSync('/bin')),
  })));`;

/** Asks for the health of a server in the same container until it gives it. */
const askHealth = `
  const ask = () => fetch('http://127.0.0.1:9000/health').then((r) => r.text()).then(console.log, () => setTimeout(ask, 50));
  ask();`;

async function create(image: string, options: Dockerode.ContainerCreateOptions): Promise<Dockerode.Container> {
  const labels = { [label.split('=')[0]!]: label.split('=')[1]! };
  return docker().createContainer({ Image: image, Labels: labels, Tty: true, ...options });
}

/** Runs a command to its end. @returns what it printed */
async function run(image: string, command: string[]): Promise<string> {
  const container = await create(image, { Cmd: command, HostConfig: confined });
  await container.start();
  await container.wait();
  return (await container.logs({ stdout: true, stderr: true })).toString();
}

async function forget(...names: string[]): Promise<void> {
  for (const name of names)
    await docker()
      .getImage(name)
      .remove()
      .catch(() => {});
}

describeOnDocker('the image of the shipped workloads', () => {
  let image: BuiltImage;
  let id: string;

  beforeAll(async () => {
    image = readImage(root) ?? (await buildImage(root, () => {}));
    id = await loadImage(docker(), image);
  });

  afterAll(() => removeLabelled(label));

  test('is known by its id, and adds nothing to what a container declares', async () => {
    const { Id, Config, Size } = await docker().getImage(id).inspect();
    expect([image.id, image.manifest]).toContain(Id);
    expect(Config).toMatchObject({ User: '10001:10001', WorkingDir: '/cutover' });
    for (const inherited of [Config.Env, Config.Cmd, Config.Entrypoint, Config.Labels])
      expect(inherited ?? []).toHaveLength(0);
    expect(Size).toBeLessThan(200e6);
    expect(await loadImage(docker(), { ...image, archive: '/nonexistent' })).toBe(id);
  });

  test('runs Node.js as nobody in particular, with nothing to write to and no shell', async () => {
    expect(JSON.parse((await run(id, [node, '-e', tellSurroundings])).replace('told', ''))).toEqual({
      version: expect.stringMatching(/^v24\./),
      uid: 10_001,
      gid: 10_001,
      cwd: '/cutover',
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      capabilities: '0000000000000000',
      noNewPrivileges: '1',
      write: 'EROFS',
      bin: 'ENOENT',
    });
    const shell = await create(id, { Cmd: ['/bin/sh'], HostConfig: confined });
    await expect(shell.start()).rejects.toMatchObject({ message: expect.stringContaining('/bin/sh') });
  });

  test('serves a model', async () => {
    const model = path.join(root, 'models', '1.0.0');
    const file = path.join(model, 'model.onnx');
    const environment = {
      MODEL_PATH: file,
      MODEL_VERSION: '1.0.0',
      MODEL_DIGEST: digestFile(file),
      HOST: '127.0.0.1',
      PORT: '9000',
    };
    const container = await create(id, {
      Cmd: [node, '/cutover/dist/workloads/model-service/server.js'],
      Env: Object.entries(environment).map((pair) => pair.join('=')),
      HostConfig: { ...confined, Binds: [`${model}:${model}:ro`] },
    });
    await container.start();
    const asking = await container.exec({ Cmd: [node, '-e', askHealth], AttachStdout: true, Tty: true });
    const answer = await buffer(await asking.start({ Tty: true }));
    expect(JSON.parse(answer.toString())).toMatchObject({ ok: true, model_loaded: true, model_version: '1.0.0' });
  });
});

describeOnDocker('a push', () => {
  let image: BuiltImage;

  beforeEach(async () => {
    vi.stubEnv('CUTOVER_CACHE', temporary());
    image = await buildImage(smallRoot(), () => {}, smallRuntime);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await forget(`cutover:${image.id.slice(7, 19)}`);
  });

  test('ends with what to pin, which the registry has', async () => {
    const { host, manifests, blobs, digestOf } = await startRegistry();
    const name = `${host}/team/cutover`;
    const reference = await pushImage(docker(), image, readRepository(name), undefined);
    onTestFinished(() => forget(`${name}:${image.id.slice(7, 19)}`));
    const manifest = manifests.get(`team/cutover:${image.id.slice(7, 19)}`)!;
    expect(reference).toBe(`${name}@${digestOf(manifest)}`);
    // A daemon that pulls it has the same image: the config is what it was.
    expect(JSON.parse(manifest.toString()).config.digest).toBe(image.id);
    expect(blobs.has(image.id)).toBe(true);
  });

  test('logs in where that is asked for', async () => {
    const { host } = await startRegistry('me:secret');
    const repository = readRepository(`${host}/cutover:latest`);
    onTestFinished(() => forget(`${host}/cutover:latest`));
    const login = { username: 'me', password: 'secret', serveraddress: host };
    expect(await pushImage(docker(), image, repository, login)).toMatch(/^127\.0\.0\.1:\d+\/cutover@sha256:/);
    const refused = pushImage(docker(), image, readRepository(`${host}/other`), { ...login, password: 'wrong' });
    onTestFinished(() => forget(`${host}/other:${image.id.slice(7, 19)}`));
    await expect(refused).rejects.toMatchObject({ code: 'push_failed', exitCode: 5 });
    const said = await refused.catch((error) => JSON.stringify([String(error), error.details]));
    expect(said).not.toContain('wrong');
  });

  test('to a registry that does not answer says so', async () => {
    // Port 9 of loopback: discard, which nobody serves.
    onTestFinished(() => forget('127.0.0.1:9/cutover:x'));
    await expect(pushImage(docker(), image, readRepository('127.0.0.1:9/cutover:x'), undefined)).rejects.toMatchObject({
      code: 'push_failed',
      exitCode: 5,
      message: expect.stringContaining('refused'),
    });
  });
});

describeOnDocker('the Dockerfile', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('ends with the same files, user and folder as the archive', async () => {
    vi.stubEnv('CUTOVER_CACHE', temporary());
    const project = smallRoot();
    const { archive } = await buildImage(project, () => {}, smallRuntime);

    // Its first stage needs a registry; here the layers are given.
    const text = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
    const last = text.slice(text.indexOf('FROM scratch AS image'));
    const context = pack();
    context.entry({ name: 'Dockerfile' }, `FROM scratch AS build\nLABEL ${label}\nCOPY layers/ /layers/\n\n${last}`);
    const expected = (await readArchive(readFileSync(archive))).layers;
    for (const [index, layer] of ['runtime', 'modules', 'code'].entries()) {
      for (const { header, bytes } of expected[index]!.entries) {
        const { mode } = header;
        const name = `layers/${layer}/${header.name}`;
        if (header.type === 'directory') context.entry({ name, mode: mode!, type: 'directory' });
        else context.entry({ name, mode: mode! }, bytes);
      }
    }
    context.finalize();
    const tag = `cutover-test-dockerfile:${process.pid}`;
    const built = await docker().buildImage(context as unknown as NodeJS.ReadableStream, { t: tag });
    await buffer(built);
    onTestFinished(async () => {
      const stages = await docker().listImages({ filters: { label: [label] } });
      await forget(tag, ...stages.map(({ Id }) => Id));
    });

    const { Config } = await docker().getImage(tag).inspect();
    expect(Config).toMatchObject({ User: '10001:10001', WorkingDir: '/cutover' });
    expect([Config.Cmd ?? [], Config.Entrypoint ?? []]).toEqual([[], []]);
    // docs/image.md says so: the reason to prefer the archive.
    expect(Config.Env).toEqual([expect.stringMatching(/^PATH=/)]);
    const container = await create(tag, { Cmd: [node] });
    onTestFinished(() => container.remove({ force: true }));
    const files = await readTar(await buffer(await container.export()));
    const listed = new Map(files.map(({ header, bytes }) => [header.name.replace(/\/$/, ''), { header, bytes }]));
    for (const { header, bytes } of expected.flatMap(({ entries }) => entries)) {
      const found = listed.get(header.name.replace(/\/$/, ''));
      expect([header.name, (found?.header.mode ?? 0) & 0o7777, found?.header.uid]).toEqual([
        header.name,
        header.mode,
        0,
      ]);
      if (header.type === 'file') expect(found?.bytes.equals(bytes)).toBe(true);
    }
  });
});
