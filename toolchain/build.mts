/**
 * Bundles every entry point into `dist/`, one file each, so that one file's SHA-256 names all the code that a workload
 * runs. Runs in about a second; `dist/stamp.json` records which sources it was made from, so that a stale `dist/` is
 * found instead of run.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { describeBundle } from './bundle-contents.mts';
import { digestSources } from './sources.mts';

const root = path.resolve(import.meta.dirname, '..');

const entries = [
  'index',
  'provider/index',
  'policies/live-promotion/index',
  'scripts/cutover',
  'toolchain/language-host',
  'model/main',
  'simulate/main',
  'canary/calibrate-main',
  'workloads/backend/server',
  'workloads/gateway/server',
  'workloads/guardian/server',
  'workloads/model-service/server',
  'workloads/model-service/train',
  'workloads/orchestrator/main',
  'workloads/orchestrator/agents/live_trader',
  'workloads/orchestrator/agents/quant_company_agent',
  'workloads/simulated-venue/server',
  'workloads/change-main',
  'platforms/docker/proxy-main',
  'platforms/kubernetes/inside/keep-main',
  'platforms/kubernetes/inside/send-main',
];

// The benchmarks and the fuzzer stand on helpers of the tests, which nobody needs who only runs the product.
if (process.argv.includes('--bench')) entries.push('bench/main', 'bench/many-systems', 'fuzz/main');

if (process.argv.includes('--histories')) entries.push('test/histories/main');

// Packages that must stay one instance with the engine's host, or that read files of their own folder.
const external = [
  '@pulumi/pulumi',
  '@pulumi/pulumi/*',
  '@pulumi/policy',
  'onnxruntime-web',
  'esbuild',
  '@grpc/grpc-js',
  // Faster code for ssh, which its library tries for and does without.
  'cpu-features',
  '*.node',
];

/**
 * `dockerode` can serve BuildKit sessions, which nothing here uses; the gRPC libraries for them would have to be
 * beside every bundle that talks to a Docker daemon.
 */
const withoutSessions: Plugin = {
  name: 'without-buildkit-sessions',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[/\\]dockerode[/\\]lib[/\\]session\.js$/ }, () => ({
      contents: "module.exports = (_docker, _auth, done) => done(new Error('BuildKit sessions are not supported'));",
    })),
};

const stamp = digestSources(root);
// Built beside, then moved in.
const fresh = path.join(root, `dist.${process.pid}`);
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh);
try {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => path.join(root, `${entry}.ts`)),
    outdir: fresh,
    outbase: root,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external,
    plugins: [withoutSessions],
    metafile: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    absWorkingDir: root,
    // ESM dependencies ask for their own URL; in a CommonJS bundle that is the bundle's.
    define: { 'import.meta.url': '__cutoverModuleUrl' },
    banner: { js: "const __cutoverModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  const contents = describeBundle(metafile, root, path.basename(fresh));
  writeFileSync(path.join(fresh, 'bundle.json'), `${JSON.stringify(contents, null, 2)}\n`);
  writeFileSync(path.join(fresh, 'stamp.json'), `${JSON.stringify({ sources: stamp }, null, 2)}\n`);
  // File by file, so that no reader ever misses one; without a stamp meanwhile, so that a mixture is never taken for
  // whole.
  const dist = path.join(root, 'dist');
  mkdirSync(dist, { recursive: true });
  rmSync(path.join(dist, 'stamp.json'), { force: true });
  const files = readdirSync(fresh, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'stamp.json');
  for (const name of [...files, 'stamp.json']) {
    if (statSync(path.join(fresh, name)).isDirectory()) mkdirSync(path.join(dist, name), { recursive: true });
    else renameSync(path.join(fresh, name), path.join(dist, name));
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
linkCommand();

/**
 * Puts `cutover` among the project's commands, as npm does for packages that a project depends on: `npx cutover` then
 * finds it at once, without asking anybody else.
 */
function linkCommand(): void {
  const link = path.join(root, 'node_modules', '.bin', 'cutover');
  if (existsSync(link)) return;
  try {
    symlinkSync(path.join('..', '..', 'bin', 'cutover.js'), link);
  } catch (error) {
    console.error(`cutover is not linked into node_modules/.bin: ${error instanceof Error ? error.message : error}`);
  }
}
