import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../errors';
import type { BundleContents } from './bundle';
import { arrange, copied, type LayerPlan, written } from './entry';

export const packagePath = '/cutover';

/** What runs on the operator's machine, never in a workload: left out, so that a change of it changes no posture. */
const operatorsOwn =
  /^(index\.js$|(provider|policies|scripts|toolchain|bench|simulate|canary)\/|workloads\/model-service\/train\.js$)/;

/**
 * Packages that a bundle requires when it runs, with the files it takes for that: of onnxruntime-web only its build for
 * Node.js, not those for browsers and graphics cards.
 */
const shippedModules: Readonly<Record<string, RegExp>> = {
  'onnxruntime-web': /^(package\.json|dist\/(ort\.node\.min\.js|ort-wasm-simd-threaded\.(mjs|wasm)))$/,
  'onnxruntime-common': /^(package\.json|dist\/cjs\/[\w-]+\.(js|json))$/,
};

/** What a bundle can do without: natively compiled parts of the libraries for ssh and web sockets, colours of log lines. */
const optional = /^(cpu-features|bufferutil|utf-8-validate|supports-color)$|\.node$/;

/** The bundles that an image holds, by their path below dist/. */
export function shippedOutputs({ outputs }: BundleContents): string[] {
  return Object.keys(outputs).filter((file) => !operatorsOwn.test(file));
}

/** The packages in the layer of modules. */
export const shippedPackages = Object.keys(shippedModules);

/**
 * Plans the layer of packages that stay files of their own.
 * @throws CutoverError `image_incomplete` (exit code 5) when one is not installed as expected
 */
export function planModules(root: string): LayerPlan {
  const entries = Object.entries(shippedModules).flatMap(([name, wanted]) => {
    const folder = path.join(root, 'node_modules', name);
    const files = listFiles(folder).filter((file) => wanted.test(file));
    if (files.length < 2)
      throw incomplete(`expected the package ${name} in ${folder}, received ${files.length} of its files`);
    return files.map((file) => copied(`${packagePath}/node_modules/${name}/${file}`, path.join(folder, file)));
  });
  return { name: 'modules', entries: arrange(entries) };
}

/**
 * Plans the layer of our own code, the last one: a change of code makes no other anew.
 * @throws CutoverError `image_incomplete` (exit code 5) when a bundle requires a package that the image has not
 */
export function planCode(root: string, bundle: BundleContents): LayerPlan {
  const outputs = shippedOutputs(bundle);
  for (const file of outputs) {
    const lacks = bundle.outputs[file]!.requires.filter(
      (name) => !optional.test(name) && !shippedPackages.includes(name),
    );
    if (lacks.length > 0) throw incomplete(`dist/${file} requires ${lacks.join(', ')}, which the image does not hold`);
  }
  const { name, version } = readPackage(root);
  const manifest = `${JSON.stringify({ name, version, private: true }, null, 2)}\n`;
  return {
    name: 'code',
    entries: arrange([
      written(`${packagePath}/package.json`, manifest),
      ...outputs.map((file) => copied(`${packagePath}/dist/${file}`, path.join(root, 'dist', file))),
    ]),
  };
}

/** Name and version of the package that is shipped. */
export function readPackage(root: string): { name: string; version: string } {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
}

/** What an installed package says of itself. */
export function readInstalled(root: string, name: string): BundleContents['packages'][string] {
  const { version, license } = JSON.parse(
    readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8'),
  ) as { version: string; license?: string };
  return { name, version, license: license ?? null };
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return []; // not installed: the caller says so
  }
}

const incomplete = (message: string) =>
  new CutoverError('image_incomplete', message, {
    exitCode: exitCodes.missing,
    details: ['npm ci, then npm run build'],
  });
