import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { buildImage, unpackLayers } from '../../../toolchain/image';
import { arrange, written } from '../../../toolchain/image/entry';
import { planRuntime } from '../../../toolchain/image/runtime-layer';
import { parseLdd } from '../../../toolchain/image/shared-libraries';
import { writeTar } from '../../../toolchain/image/tar-file';
import { readArchive, readTar } from './read-tar';
import { smallRoot, smallRuntime, temporary } from './small-root';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const glibc = `	linux-vdso.so.1 (0x00007f64ce0e7000)
	libdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f64ce0d1000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f64cdb3e000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f64ce0e9000)
`;
const musl = `	/lib/ld-musl-aarch64.so.1 (0xffff9c5c0000)
	libstdc++.so.6 => /usr/lib/libstdc++.so.6 (0xffff94c00000)
	libc.musl-aarch64.so.1 => /lib/ld-musl-aarch64.so.1 (0xffff9c5c0000)
`;

describe('ldd', () => {
  test('names files of glibc, without the one of the kernel', () => {
    const folder = '/lib/x86_64-linux-gnu';
    expect(parseLdd(glibc)).toEqual([`${folder}/libc.so.6`, `${folder}/libdl.so.2`, '/lib64/ld-linux-x86-64.so.2']);
  });

  test('names files of musl, each once', () => {
    expect(parseLdd(musl)).toEqual(['/lib/ld-musl-aarch64.so.1', '/usr/lib/libstdc++.so.6']);
  });

  test('misses one: nothing is made', () => {
    expect(() => parseLdd(`${glibc}	libstdc++.so.6 => not found\n`)).toThrow(
      expect.objectContaining({
        code: 'image_library_missing',
        exitCode: 5,
        message: expect.stringContaining('libstdc++'),
      }),
    );
  });
});

describe('the runtime', () => {
  test.runIf(process.platform === 'linux')('is Node.js with its libraries and accounts, and no shell', async () => {
    const { layer, versions } = await planRuntime(temporary());
    const paths = layer.entries.map((entry) => entry.path);
    expect(paths).toEqual([...paths].sort());
    expect(paths).toEqual(expect.arrayContaining(['/usr/local/bin/node', '/etc/passwd', '/etc/group', '/tmp']));
    expect(paths.some((file) => /\/libc\.|ld-musl/.test(file))).toBe(true);
    expect(paths.filter((file) => /\/(sh|bash|busybox)$/.test(file))).toEqual([]);
    expect(layer.entries.filter(({ mode }) => mode & 0o022).map((entry) => entry.path)).toEqual(['/tmp']);
    expect(versions).toMatchObject({ node: process.versions.node, openssl: process.versions.openssl });
  });

  test('is not made of a program of another system', async () => {
    const root = temporary();
    mkdirSync(path.join(root, 'node_modules/node/bin'), { recursive: true });
    writeFileSync(path.join(root, 'node_modules/node/bin/node'), '\xcf\xfa\xed\xfe of macOS', { mode: 0o755 });
    await expect(planRuntime(root)).rejects.toMatchObject({
      code: 'image_unsupported',
      exitCode: 5,
      details: expect.arrayContaining([expect.stringContaining('Dockerfile')]),
    });
  });

  test('is not made on another system', async () => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'darwin' } }));
    await expect(planRuntime(temporary())).rejects.toMatchObject({ code: 'image_unsupported', exitCode: 5 });
  });

  test('is not made without ldd', async () => {
    vi.stubEnv('PATH', temporary());
    await expect(planRuntime(temporary())).rejects.toMatchObject({ code: 'image_unsupported', exitCode: 5 });
  });
});

describe('a layer', () => {
  const names = fc.stringMatching(/^[a-z]{1,8}$/);
  // A name is a file or a folder, never both: files alone have a dot.
  const file = fc
    .tuple(fc.array(names, { maxLength: 4 }), names)
    .map(([folders, name]) => `/${[...folders, `${name}.f`].join('/')}`);
  const contents = fc.dictionary(file, fc.uint8Array({ maxLength: 2000 }), { minKeys: 1, maxKeys: 8 });

  property.prop([contents, fc.infiniteStream(fc.nat())], { numRuns: 40 })(
    'has one form, in whatever order its files were found, and holds their bytes',
    async (found, order) => {
      const entries = Object.entries(found).map(([name, bytes]) => ({
        path: name,
        mode: 0o644,
        content: Buffer.from(bytes),
      }));
      const shuffled = entries
        .map((entry) => ({ entry, at: order.next().value as number }))
        .sort((a, b) => a.at - b.at)
        .map(({ entry }) => entry);
      const folder = mkdtempSync(path.join(tmpdir(), 'cutover-layer-'));
      const tars = await Promise.all(
        [entries, shuffled].map(async (list, index) => {
          const target = path.join(folder, `${index}.tar`);
          const tar = await writeTar(
            target,
            arrange(list).map(({ path: name, ...rest }) => ({ name: name.slice(1), ...rest })),
          );
          return { ...tar, bytes: readFileSync(target) };
        }),
      );
      expect(tars[0]!.digest).toBe(tars[1]!.digest);
      expect(tars[0]!.size).toBe(tars[0]!.bytes.length);
      const read = (await readTar(tars[1]!.bytes)).filter(({ header }) => header.type === 'file');
      expect(Object.fromEntries(read.map(({ header, bytes }) => [`/${header.name}`, new Uint8Array(bytes)]))).toEqual(
        found,
      );
      rmSync(folder, { recursive: true });
    },
  );

  test('that cannot be read whole is an error, not a shorter layer', async () => {
    const target = path.join(temporary(), 'layer.tar');
    const missing = { name: 'gone', mode: 0o644, content: { copyOf: '/nonexistent/file' } };
    await expect(
      writeTar(target, [{ name: 'a', mode: 0o644, content: Buffer.from('a') }, missing]),
    ).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  test('lists a folder before what is in it', () => {
    expect(arrange([written('/b/c', ''), written('/a', '')]).map((entry) => entry.path)).toEqual(['/a', '/b', '/b/c']);
  });
});

describe('unpacked', () => {
  test('the files are those of the archive, with their modes', async () => {
    vi.stubEnv('CUTOVER_CACHE', temporary());
    const root = smallRoot();
    const umask = process.umask(0o077);
    const target = path.join(temporary(), 'layers');
    const folders = await unpackLayers(root, target, smallRuntime).finally(() => process.umask(umask));
    const { archive } = await buildImage(root, () => {}, smallRuntime);
    const { layers } = await readArchive(readFileSync(archive));
    expect(folders.map((folder) => path.basename(folder))).toEqual(['runtime', 'modules', 'code']);
    for (const [index, { entries }] of layers.entries()) {
      for (const { header, bytes } of entries) {
        const found = path.join(folders[index]!, header.name);
        expect([header.name, statSync(found).mode & 0o7777]).toEqual([header.name, header.mode]);
        if (header.type === 'file') expect(readFileSync(found).equals(bytes)).toBe(true);
      }
    }
  });

  test('nothing is written over', async () => {
    const target = temporary();
    writeFileSync(path.join(target, 'mine'), '');
    await expect(unpackLayers(smallRoot(), target, smallRuntime)).rejects.toMatchObject({ code: 'usage', exitCode: 2 });
  });
});
