import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { packageDir } from '../../../package-dir';
import { bundleEntry } from '../../helpers/bundle';
import { kinds } from './kinds';
import { readShapes } from './read-shapes';

const root = packageDir();
const plugin = 'pulumi-resource-kubernetes';

/**
 * Puts the stand-in into a folder as the executable that the engine looks for in its PATH.
 * @param folder is made when it is not there
 */
export async function installStandIn(folder: string): Promise<void> {
  const official = path.join(root, 'node_modules', '@pulumi', 'kubernetes');
  const { version } = JSON.parse(readFileSync(path.join(official, 'package.json'), 'utf8'));
  const entry = await bundleEntry('test/kubernetes/provider/main.ts');
  mkdirSync(folder, { recursive: true });
  // Beside a stand-in for another plugin, in the same folder.
  const shapes = path.join(folder, 'kubernetes-shapes.json');
  writeFileSync(shapes, JSON.stringify(readShapes(official, kinds)));
  const words = [process.execPath, entry, shapes, version].map((word) => `'${word}'`);
  writeFileSync(path.join(folder, plugin), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
}

/** Where the official plugin is: in the PATH, or where the engine keeps those that it downloaded. */
export function findOfficialPlugin(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const inPath = (env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, plugin));
  const kept = path.join(env.PULUMI_HOME ?? path.join(homedir(), '.pulumi'), 'plugins');
  const names = existsSync(kept) ? readdirSync(kept) : [];
  const downloaded = names.filter((name) => /^resource-kubernetes-v[\d.]+$/.test(name));
  return [...inPath, ...downloaded.map((name) => path.join(kept, name, plugin))].find((file) => existsSync(file));
}
