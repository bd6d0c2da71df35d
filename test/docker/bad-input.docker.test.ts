import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { describeOnDocker, docker, removeLabelled } from './bed';

/** What is wrong with a daemon, an image or a port is said by name, with the way out, before anything is changed. */
let project: TestProject;

describeOnDocker('bad input', () => {
  beforeAll(async () => {
    await prepareEngine();
    project = await makeProject((config) => set(config, 'platform', 'docker'));
  });

  afterAll(async () => {
    await removeLabelled('cutover.stack');
    await project?.destroy();
  });

  /** `cutover up` against another daemon. */
  async function upAt(host: string) {
    const node = path.join(project.dir, 'node_modules', 'node', 'bin', 'node');
    const command = [path.join(project.dir, 'bin', 'cutover.js'), 'up', '--json'];
    const { exitCode, stdout } = await execa(node, command, {
      cwd: project.dir,
      env: { DOCKER_HOST: host },
      reject: false,
    });
    return { exitCode, error: JSON.parse(stdout).error };
  }

  it('no daemon', async () => {
    expect(await upAt('unix:///nowhere/docker.sock')).toMatchObject({
      exitCode: 5,
      error: { code: 'daemon_missing', message: expect.stringContaining('unix:///nowhere/docker.sock') },
    });
    expect(await upAt('tcp://127.0.0.1:1')).toMatchObject({
      exitCode: 5,
      error: { code: 'daemon_missing', message: expect.stringContaining('set DOCKER_HOST') },
    });
  });

  it('an image that cannot be had, and one by tag', async () => {
    const image = `sha256:${'0'.repeat(64)}`;
    project.configure('Own backend', (config) =>
      set(config, ['workloads', 'backend'], { image, command: ['/backend'] }),
    );
    const missing = await project.cutover('up');
    expect(missing).toMatchObject({ exitCode: 5, json: { error: { code: 'image_missing' } } });
    expect(missing.json.error.details).toEqual([
      expect.stringMatching(/^cutover:workloads\.backend\.image: .*sha256:0{64}/),
    ]);
    project.configure('By tag', (config) =>
      set(config, ['workloads', 'backend'], { image: 'backend:latest', command: ['/backend'] }),
    );
    expect(await project.cutover('up')).toMatchObject({ exitCode: 2, json: { error: { code: 'invalid_config' } } });
    project.git('revert', '--no-edit', 'HEAD', 'HEAD~1');
  });

  it('a port that is taken by somebody else', async () => {
    const { createServer } = await import('node:net');
    const server = createServer().listen(project.ports.backend, '127.0.0.1');
    try {
      const taken = await project.cutover('up');
      expect(taken).toMatchObject({ exitCode: 2, json: { error: { code: 'port_taken' } } });
      expect(taken.json.error.details).toEqual([expect.stringContaining('cutover:ports.backend')]);
    } finally {
      server.close();
    }
    const left = await docker().listContainers({ all: true, filters: { label: ['cutover.stack=main'] } });
    expect(left).toEqual([]);
  });
});
