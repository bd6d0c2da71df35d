import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { packageDir } from '../../../package-dir';
import { bundleEntry } from '../../helpers/bundle';
import { readShapes } from './read-shapes';

const root = packageDir();
const plugin = 'pulumi-resource-docker';

/**
 * Puts the stand-in into a folder as the executable that the engine looks for in its PATH.
 * @param folder is made when it is not there
 */
export async function installStandIn(folder: string): Promise<void> {
  const official = path.join(root, 'node_modules', '@pulumi', 'docker');
  const { version } = JSON.parse(readFileSync(path.join(official, 'package.json'), 'utf8'));
  const entry = await bundleEntry('test/docker/provider/main.ts');
  mkdirSync(folder, { recursive: true });
  const shapes = path.join(folder, 'shapes.json');
  writeFileSync(shapes, JSON.stringify(readShapes(official)));
  const words = [process.execPath, entry, shapes, version].map((word) => `'${word}'`);
  writeFileSync(path.join(folder, plugin), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
}

/** Where the official plugin is: in the PATH, or where the engine keeps those that it downloaded. */
export function findOfficialPlugin(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const inPath = (env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, plugin));
  const kept = path.join(env.PULUMI_HOME ?? path.join(homedir(), '.pulumi'), 'plugins');
  const downloaded = existsSync(kept) ? readdirSync(kept).filter((name) => /^resource-docker-v[\d.]+$/.test(name)) : [];
  return [...inPath, ...downloaded.map((name) => path.join(kept, name, plugin))].find((file) => existsSync(file));
}
