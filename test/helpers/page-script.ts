import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundlePage } from '../../toolchain/bundle-page.mts';

const root = path.resolve(__dirname, '..', '..');

/** The live page's script, from the sources as the build makes it. */
export async function pageScript(): Promise<string> {
  return (await bundlePage(root, tmpdir())).text;
}
