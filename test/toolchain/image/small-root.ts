import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { arrange, written } from '../../../toolchain/image/entry';
import type { Runtime } from '../../../toolchain/image/runtime-layer';

/** A layer of Node.js without Node.js, so that a build takes milliseconds. */
export const smallRuntime: Runtime = {
  layer: {
    name: 'runtime',
    entries: arrange([written('/usr/local/bin/node', 'a program'), { path: '/tmp', mode: 0o1777 }]),
  },
  versions: { node: '24.0.0', modules: '137', openssl: '3.5.0' },
};

const files: Record<string, string> = {
  'package.json': JSON.stringify({ name: 'cutover', version: '1.2.3', scripts: { secret: 'of the project alone' } }),
  'dist/stamp.json': JSON.stringify({ sources: 'a'.repeat(64) }),
  'dist/workloads/backend/server.js': 'backend',
  'dist/workloads/backend/server.js.map': 'a map',
  'dist/workloads/model-service/server.js': 'model service',
  'dist/scripts/cutover.js': 'verbs',
  'dist/workloads/gone/server.js': 'left by an older build',
  'node_modules/onnxruntime-web/package.json': JSON.stringify({ version: '1.30.0', license: 'MIT' }),
  'node_modules/onnxruntime-web/dist/ort.node.min.js': 'for Node.js',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.mjs': 'glue',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm': 'wasm',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.jsep.wasm': 'for graphics cards',
  'node_modules/onnxruntime-web/dist/ort.min.js': 'for browsers',
  'node_modules/onnxruntime-common/package.json': JSON.stringify({ version: '1.30.0', license: 'MIT' }),
  'node_modules/onnxruntime-common/dist/cjs/index.js': 'common',
  'node_modules/onnxruntime-common/dist/cjs/index.js.map': 'a map',
};

/** As toolchain/build.mts writes it. */
export const bundle = {
  outputs: {
    'scripts/cutover.js': { packages: ['commander@15.0.0'], requires: ['esbuild'] },
    'workloads/backend/server.js': { packages: ['@scope/http@5.0.0'], requires: [] as string[] },
    'workloads/model-service/server.js': { packages: ['@scope/http@5.0.0'], requires: ['onnxruntime-web'] },
  },
  packages: {
    '@scope/http@5.0.0': { name: '@scope/http', version: '5.0.0', license: '(MIT OR Apache-2.0)' },
    'commander@15.0.0': { name: 'commander', version: '15.0.0', license: 'MIT' },
  },
};

/** A folder that is gone after the test. */
export function temporary(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A project that is built and installed, as small as can be, in a folder of its own.
 * @param changed files with another content; null for none
 */
export function smallRoot(changed: Record<string, string | null> = {}): string {
  const root = temporary();
  const all = { ...files, 'dist/bundle.json': JSON.stringify(bundle), ...changed };
  for (const [name, content] of Object.entries(all)) if (content !== null) put(root, name, content);
  return root;
}

/** Writes a file, with a time and a mode that no other has. */
export function put(root: string, name: string, content: string): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: [0o600, 0o755, 0o664][content.length % 3]! });
  utimesSync(file, 1, Math.floor(Math.random() * 1e9));
}
