import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { describeBundle, packageFolder } from '../../toolchain/bundle-contents.mts';

test('a bundle is described by the packages whose code is in it, and by what it requires when it runs', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'cutover-bundle-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const put = (name: string, content: string) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  };
  put(
    'a.ts',
    "import { used } from 'outer'; import outside from 'outside'; import fs from 'node:fs'; console.log(used, outside, fs);",
  );
  put(
    'node_modules/outer/package.json',
    JSON.stringify({ name: 'outer', version: '1.0.0', licenses: [{ type: 'MIT' }] }),
  );
  put('node_modules/outer/index.js', "export { used } from '@scope/inner'; export { unused } from 'unused';");
  const inner = 'node_modules/outer/node_modules/@scope/inner';
  put(
    `${inner}/package.json`,
    JSON.stringify({ name: '@scope/inner', version: '2.0.0', license: 'ISC', main: 'esm/i.js' }),
  );
  put(`${inner}/esm/package.json`, JSON.stringify({ type: 'module' }));
  put(`${inner}/esm/i.js`, "import './side.js'; export const used = 1;");
  put(`${inner}/esm/side.js`, 'console.log(1);');
  put('node_modules/unused/package.json', JSON.stringify({ name: 'unused', version: '3.0.0', sideEffects: false }));
  put('node_modules/unused/index.js', 'export const unused = 1;');
  const { metafile } = await build({
    entryPoints: [path.join(root, 'a.ts')],
    outdir: path.join(root, 'out'),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['outside'],
    sourcemap: 'linked',
    metafile: true,
  });
  expect(describeBundle(metafile, root, 'out')).toEqual({
    outputs: { 'a.js': { packages: ['@scope/inner@2.0.0'], requires: ['outside'] } },
    packages: { '@scope/inner@2.0.0': { name: '@scope/inner', version: '2.0.0', license: 'ISC' } },
  });
});

test.each([
  ['node_modules/a/x.js', 'node_modules/a'],
  ['node_modules/a/node_modules/@b/c/lib/x.js', 'node_modules/a/node_modules/@b/c'],
  ['../shared/node_modules/a/x.js', '../shared/node_modules/a'],
  ['workloads/node_modules.ts', undefined],
])('the package of %s', (file, folder) => {
  expect(packageFolder(file)).toBe(folder);
});
