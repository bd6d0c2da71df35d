import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { readArchive } from '../toolchain/image/read-tar';

const root = path.resolve(__dirname, '..', '..');
const cutover = (env: Record<string, string>, ...words: string[]) =>
  execa(
    path.join(root, 'node_modules', '.bin', 'node'),
    [path.join(root, 'bin', 'cutover.js'), 'image', ...words, '--json'],
    {
      cwd: root,
      env,
      reject: false,
    },
  );

test.runIf(process.platform === 'linux')(
  'two builds at once give one image, which holds nothing it should not',
  async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'cutover-image-'));
    onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
    const secret = 'venue-secret-of-this-environment';
    const builds = await Promise.all(
      [1, 2].map(() => cutover({ CUTOVER_CACHE: cache, VENUE_SECRET: secret }, 'build')),
    );
    expect(builds.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const [first, second] = builds.map(({ stdout }) => JSON.parse(stdout as string));
    expect(second).toEqual(first);

    const { layers } = await readArchive(readFileSync(first.archive));
    const [runtime, , code] = layers.map(({ entries }) => entries);
    expect(runtime!.map(({ header }) => header.name)).toContain('usr/local/bin/node');
    const names = code!.map(({ header }) => header.name);
    for (const workload of ['backend', 'gateway', 'guardian', 'model-service', 'simulated-venue']) {
      expect(names).toContain(`cutover/dist/workloads/${workload}/server.js`);
    }
    expect(names.filter((name) => /\.map$|\/scripts\/|\/policies\/|\/\.cutover|\.pem$|\.key$/.test(name))).toEqual([]);
    // Neither where it was built, nor what the builder's environment held, nor a key's beginning with its bytes.
    for (const forbidden of [root, secret]) {
      expect(code!.filter(({ bytes }) => bytes.includes(forbidden)).map(({ header }) => header.name)).toEqual([]);
    }
    expect(
      code!.filter(({ bytes }) => /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}/.test(bytes.toString())),
    ).toEqual([]);
  },
);

test('words that are no action are wrong use, and no daemon is a missing service', async () => {
  const wrong = [['bake'], ['load', 'more'], ['push'], ['push', 'Not/A/Repository'], ['unpack']];
  const ran = await Promise.all(wrong.map((words) => cutover({}, ...words)));
  expect(ran.map(({ exitCode, stdout }) => [exitCode, JSON.parse(stdout as string).error.code])).toEqual(
    wrong.map(() => [2, 'usage']),
  );
  const { exitCode, stdout } = await cutover({ DOCKER_HOST: 'unix:///nonexistent/docker.sock' }, 'load');
  expect([exitCode, JSON.parse(stdout as string).error.code]).toEqual([5, 'daemon_missing']);
});
