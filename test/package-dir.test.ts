import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageDir } from '../package-dir';
import { bundleEntry } from './helpers/bundle';

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'cutover-package-')));
afterAll(() => rmSync(root, { recursive: true }));

/** The package folder as a bundle in `folder` finds it. */
async function foundFrom(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'package-dir.js');
  cpSync(await bundleEntry('package-dir.ts'), file);
  return (createRequire(file)(file) as typeof import('../package-dir')).packageDir();
}

const describeIn = (folder: string, text: string) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), text);
};

describe('packageDir', () => {
  it('is the folder of this repository', () => {
    expect(packageDir()).toBe(path.resolve(__dirname, '..'));
  });

  it("is found from any depth of dist/, past other packages' manifests", async () => {
    const own = path.join(root, 'node_modules', 'cutover');
    describeIn(root, JSON.stringify({ name: 'somebody-elses' }));
    describeIn(own, JSON.stringify({ name: 'cutover' }));
    describeIn(path.join(own, 'dist'), JSON.stringify({ name: 'cutover-provider' }));
    expect(await foundFrom(path.join(own, 'dist', 'provider'))).toBe(own);
    expect(await foundFrom(path.join(own, 'dist', 'workloads', 'gateway'))).toBe(own);
  });

  it('says where it looked when there is none', async () => {
    const lost = path.join(root, 'lost', 'dist');
    await expect(foundFrom(lost)).rejects.toThrow(`no package.json of cutover above ${lost}`);
  });
});
