/**
 * Bundles every entry point into `dist/`, one file each, so that one file's SHA-256 names all the code that a workload
 * runs. Runs in about a second; `dist/stamp.json` records which sources it was made from, so that a stale `dist/` is
 * found instead of run.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { describeBundle } from './bundle-contents.mts';
import { bundlePage, pageScript } from './bundle-page.mts';
import { digestSources } from './sources.mts';

const root = path.resolve(import.meta.dirname, '..');

const entries = [
  'index',
  'provider/index',
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
  'platforms/docker/inside/dial-main',
  'platforms/docker/inside/set-aside-main',
  'platforms/docker/inside/socket-main',
  'platforms/kubernetes/inside/keep-main',
  'platforms/kubernetes/inside/send-main',
];

/** Those that the engine loads by themselves, and what they share. */
const packs = ['policies/live-promotion/index', 'policies/workload-safety/index'];
const policySdk = 'policies/policy-sdk';

// The benchmarks, the fuzzer and the histories stand on helpers of the tests, which nobody needs who only runs the product.
if (process.argv.includes('--bench')) {
  entries.push('bench/main', 'bench/many-systems', 'bench/packs-judge', 'fuzz/main', 'test/histories/main');
}

// Packages that must stay one instance with the engine's host, or that read files of their own folder.
const external = [
  '@pulumi/pulumi',
  '@pulumi/pulumi/*',
  '@pulumi/policy',
  'google-protobuf',
  'google-protobuf/*',
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

/** The library of the packs asks for all of `@pulumi/pulumi` to get at its assets. */
const lightPulumi: Plugin = {
  name: 'light-pulumi',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@pulumi\/pulumi$/ }, ({ path: name }) => ({ path: name, namespace: 'light' }));
    onLoad({ filter: /./, namespace: 'light' }, () => ({
      contents: "exports.asset = require('@pulumi/pulumi/asset');",
      resolveDir: root,
    }));
  },
};

/** In the packs the library is the file that they share. */
const sharedSdk: Plugin = {
  name: 'shared-policy-sdk',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/policy-sdk$/ }, () => ({ path: '../policy-sdk.js', external: true })),
};

const stamp = digestSources(root);
// Built beside, then moved in.
const fresh = path.join(root, `dist.${process.pid}`);
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh);
try {
  // The packs first: the command line knows by their digests which ones it was built with.
  const outputs = [
    await bundle([policySdk], {
      plugins: [lightPulumi],
      external: external.filter((name) => name !== '@pulumi/policy'),
    }),
    await bundle(packs, { plugins: [withoutSessions, sharedSdk] }),
    await bundle(entries, {
      plugins: [withoutSessions],
      define: { __cutoverPackDigests: JSON.stringify(digestPacks()) },
    }),
    await writePage(),
  ];
  const metafile: Metafile = {
    inputs: Object.assign({}, ...outputs.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...outputs.map((one) => one.outputs)),
  };
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

/** Bundles entries into the fresh folder, and tells what went into them. */
async function bundle(names: readonly string[], options: Partial<BuildOptions>): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: names.map((entry) => path.join(root, `${entry}.ts`)),
    outdir: fresh,
    outbase: root,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    absWorkingDir: root,
    banner: { js: "const __cutoverModuleUrl = require('node:url').pathToFileURL(__filename).href;" },
    ...options,
    // ESM dependencies ask for their own URL; in a CommonJS bundle that is the bundle's.
    define: { 'import.meta.url': '__cutoverModuleUrl', ...options.define },
    metafile: true,
  });
  return metafile;
}

/** The script of the live report page: the one file here that no Node.js runs. */
async function writePage(): Promise<Metafile> {
  const { text, metafile } = await bundlePage(root, fresh);
  const file = path.join(fresh, `${pageScript}.js`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return metafile;
}

/** The digest of each pack's code, with that of what both share. */
function digestPacks(): Record<string, string> {
  const digests = packs.map((entry) => {
    const hash = createHash('sha256');
    for (const name of [entry, policySdk]) hash.update(readFileSync(path.join(fresh, `${name}.js`)));
    return [path.basename(path.dirname(entry)), `sha256:${hash.digest('hex')}`];
  });
  return Object.fromEntries(digests);
}

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
