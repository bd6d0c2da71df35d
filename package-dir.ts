import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The folder of the installed package: the nearest one above this file whose package.json is Cutover's. */
export function packageDir(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    try {
      const { name } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: string };
      if (name === 'cutover') return folder;
    } catch {
      // no package.json here
    }
    if (folder === path.dirname(folder)) throw new Error(`no package.json of cutover above ${__dirname}`);
  }
}
