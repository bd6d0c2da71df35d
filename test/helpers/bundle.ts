import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(__dirname, '..', '..');

/**
 * Bundles an entry point as toolchain/build.mts does, for tests that run it as a real process. The file is named by
 * its content, so that test files that bundle the same entry at the same time share it.
 * @param entry the source, relative to the repository, such as `workloads/gateway/server.ts`
 * @returns the path of the bundled file; it lies below node_modules so that external packages are found from there
 */
export function bundleEntry(entry: string): Promise<string> {
  const known = bundled.get(entry) ?? bundle(entry);
  bundled.set(entry, known);
  return known;
}

/** What this test process has bundled: sources do not change while it runs. */
const bundled = new Map<string, Promise<string>>();

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, entry)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: [
      '@pulumi/pulumi',
      '@pulumi/pulumi/*',
      '@pulumi/policy',
      'onnxruntime-web',
      'esbuild',
      '@grpc/grpc-js',
      'dockerode',
      '@kubernetes/client-node',
    ],
    logLevel: 'warning',
    absWorkingDir: root,
    define: { 'import.meta.url': '__cutoverModuleUrl' },
    banner: { js: "const __cutoverModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  const { contents } = outputFiles[0]!;
  const folder = path.join(root, 'node_modules', '.cache', 'cutover-tests');
  await mkdir(folder, { recursive: true });
  const digest = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  const { dir, name } = path.parse(entry);
  const file = path.join(folder, `${dir.replaceAll('/', '-')}-${name}-${digest}.js`);
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, contents);
  await rename(fresh, file);
  return file;
}
