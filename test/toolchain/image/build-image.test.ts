import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildImage, readImage } from '../../../toolchain/image';
import { readArchive } from './read-tar';
import { bundle, put, smallRoot, smallRuntime, temporary } from './small-root';

let cache: string;

beforeEach(() => {
  cache = temporary();
  vi.stubEnv('CUTOVER_CACHE', cache);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const build = (root: string, runtime = smallRuntime) => buildImage(root, () => {}, runtime);
const open = async (root: string, runtime = smallRuntime) => {
  const image = await build(root, runtime);
  return { image, ...(await readArchive(readFileSync(image.archive))) };
};
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('the same input', () => {
  test('gives the same image and bill, in another folder, at another time, under another umask', async () => {
    const first = await build(smallRoot());
    const [archive, bill] = [readFileSync(first.archive), readFileSync(first.sbom)];
    const umask = process.umask(0o077);
    try {
      vi.stubEnv('CUTOVER_CACHE', temporary());
      const second = await build(smallRoot());
      expect([second.id, second.manifest]).toEqual([first.id, first.manifest]);
      expect(readFileSync(second.archive).equals(archive)).toBe(true);
      expect(readFileSync(second.sbom).equals(bill)).toBe(true);
    } finally {
      process.umask(umask);
    }
  });

  test('is not changed by what does not go into the image', async () => {
    const first = await build(smallRoot());
    const second = await build(
      smallRoot({
        'dist/scripts/cutover.js': 'other verbs',
        'dist/stamp.json': JSON.stringify({ sources: 'b'.repeat(64) }),
        'dist/workloads/gone/server.js': null,
      }),
    );
    expect(second.id).toBe(first.id);
    expect(second.sources).not.toBe(first.sources);
  });
});

describe('one byte more', () => {
  const digests = async (root: string, runtime = smallRuntime) => {
    const { image, layers } = await open(root, runtime);
    return [image.id, ...layers.map(({ digest }) => digest)];
  };

  test('of our code is another image on the same lower layers', async () => {
    const before = await digests(smallRoot());
    const after = await digests(smallRoot({ 'dist/workloads/backend/server.js': 'backend.' }));
    expect(after.map((digest, index) => digest === before[index])).toEqual([false, true, true, false]);
  });

  test('of a package that is copied makes its layer anew and no other', async () => {
    const before = await digests(smallRoot());
    const after = await digests(smallRoot({ 'node_modules/onnxruntime-web/dist/ort.node.min.js': 'for Node.js.' }));
    expect(after.map((digest, index) => digest === before[index])).toEqual([false, true, false, true]);
  });
});

describe('an image', () => {
  test('holds exactly what workloads run, owned by root, not to be written', async () => {
    const { layers } = await open(smallRoot());
    const listed = layers.map(({ entries }) =>
      entries.map(({ header: { name, type, mode } }) =>
        `${mode?.toString(8)} ${name}${type === 'directory' ? '/' : ''}`.replace(/\/\/$/, '/'),
      ),
    );
    expect(listed).toEqual([
      ['1777 tmp/', '755 usr/', '755 usr/local/', '755 usr/local/bin/', '644 usr/local/bin/node'],
      [
        '755 cutover/',
        '755 cutover/node_modules/',
        '755 cutover/node_modules/onnxruntime-common/',
        '755 cutover/node_modules/onnxruntime-common/dist/',
        '755 cutover/node_modules/onnxruntime-common/dist/cjs/',
        '644 cutover/node_modules/onnxruntime-common/dist/cjs/index.js',
        '644 cutover/node_modules/onnxruntime-common/package.json',
        '755 cutover/node_modules/onnxruntime-web/',
        '755 cutover/node_modules/onnxruntime-web/dist/',
        '644 cutover/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.mjs',
        '644 cutover/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
        '644 cutover/node_modules/onnxruntime-web/dist/ort.node.min.js',
        '644 cutover/node_modules/onnxruntime-web/package.json',
      ],
      [
        '755 cutover/',
        '755 cutover/dist/',
        '755 cutover/dist/workloads/',
        '755 cutover/dist/workloads/backend/',
        '644 cutover/dist/workloads/backend/server.js',
        '755 cutover/dist/workloads/model-service/',
        '644 cutover/dist/workloads/model-service/server.js',
        '644 cutover/package.json',
      ],
    ]);
    for (const { header } of layers.flatMap(({ entries }) => entries)) {
      expect([header.uid, header.gid, header.uname, header.gname, header.mtime?.getTime()]).toEqual([0, 0, '', '', 0]);
    }
    const manifest = layers[2]!.entries.at(-1)!.bytes.toString();
    expect(JSON.parse(manifest)).toEqual({ name: 'cutover', version: '1.2.3', private: true });
  });

  test('declares a user and a folder, and nothing that a container would inherit', async () => {
    const { image, config, layers, index } = await open(smallRoot());
    expect(config.config).toEqual({ Env: [], User: '10001:10001', WorkingDir: '/cutover' });
    expect(config.created).toBe('1970-01-01T00:00:00Z');
    expect(config.rootfs.diff_ids).toEqual(layers.map(({ digest }) => `sha256:${digest}`));
    // Every blob is what its name says, the id and the manifest's digest among them.
    const blobs = index.filter(({ header }) => header.name.startsWith('blobs/sha256/') && header.type === 'file');
    expect(blobs.map(({ bytes }) => sha256(bytes))).toEqual(blobs.map(({ header }) => path.basename(header.name)));
    const names = blobs.map(({ header }) => `sha256:${path.basename(header.name)}`);
    expect(names).toEqual(expect.arrayContaining([image.id, image.manifest]));
  });
});

describe('what cannot become an image', () => {
  test.each([
    ['without a build', { 'dist/bundle.json': null }, 'image_dist_missing'],
    ['with a build that was not finished', { 'dist/stamp.json': null }, 'image_dist_missing'],
    ['without a bundle that its build made', { 'dist/workloads/backend/server.js': null }, 'image_dist_missing'],
    ['with a list of bundles that says nothing', { 'dist/bundle.json': '{}' }, 'image_dist_missing'],
    [
      'without a package that is copied',
      { 'node_modules/onnxruntime-common/dist/cjs/index.js': null },
      'image_incomplete',
    ],
    [
      'with a bundle that requires what the image has not',
      { 'dist/bundle.json': JSON.stringify(bundle).replace('"requires":[]', '"requires":["better-sqlite3"]') },
      'image_incomplete',
    ],
  ])('a project %s', async (_, changed: Record<string, string | null>, code) => {
    await expect(build(smallRoot(changed))).rejects.toMatchObject({ code, exitCode: 5 });
    expect(readdirSync(cache)).toEqual([]);
  });

  test('into a cache that cannot be written', async () => {
    const file = path.join(cache, 'file');
    writeFileSync(file, '');
    vi.stubEnv('CUTOVER_CACHE', file);
    await expect(build(smallRoot())).rejects.toMatchObject({ code: 'image_cache', exitCode: 5 });
  });
});

describe('readImage', () => {
  test('knows what was built of exactly this dist/', async () => {
    const root = smallRoot();
    expect(readImage(root)).toBeUndefined();
    const image = await build(root);
    expect(readImage(root)).toEqual(image);
  });

  test.each<[string, (root: string, archive: string) => void]>([
    ['a byte of a bundle', (root) => put(root, 'dist/workloads/backend/server.js', 'Backend')],
    ['the sources', (root) => put(root, 'dist/stamp.json', JSON.stringify({ sources: 'b'.repeat(64) }))],
    ['the archive, which is gone', (_, archive) => rmSync(archive)],
    ['the record, which is damaged', (root) => put(root, 'dist/image.json', '{"id": "sha256:')],
  ])('knows none after a change of %s', async (_, change) => {
    const root = smallRoot();
    const { archive } = await build(root);
    change(root, archive);
    expect(readImage(root)).toBeUndefined();
    expect(await build(root)).toMatchObject(readImage(root)!);
  });
});

describe('the cache', () => {
  test('keeps the newest three, and nothing of a build that was killed', async () => {
    const images = path.join(cache, 'images');
    mkdirSync(path.join(images, '.build-killed', 'deep'), { recursive: true });
    const built: string[] = [];
    for (const code of ['a', 'b', 'c', 'd']) {
      const { id, archive } = await build(smallRoot({ 'dist/workloads/backend/server.js': code }));
      utimesSync(archive, built.length, built.length + 1);
      built.push(id.slice('sha256:'.length));
    }
    const kept = built.slice(1).flatMap((id) => [`${id}.cdx.json`, `${id}.tar`]);
    expect(readdirSync(images).sort()).toEqual([...kept, 'lock'].sort());
  });

  test('is used by one build at a time; all of them succeed', async () => {
    const said: string[] = [];
    const images = await Promise.all(
      ['a', 'b', 'b'].map((code) =>
        buildImage(smallRoot({ 'dist/workloads/backend/server.js': code }), (line) => said.push(line), smallRuntime),
      ),
    );
    expect(images[1]!.id).toBe(images[2]!.id);
    expect(images[0]!.id).not.toBe(images[1]!.id);
    expect(said.some((line) => line.startsWith('another run is building an image'))).toBe(true);
  });
});
