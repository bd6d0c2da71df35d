import path from 'node:path';
import { builtEngineFolder, downloadedEngineFolder, engineModuleDir, engineVersion, officialHome } from './cache';
import { type Engine, inspectEngine, isExecutable, pathFolders } from './inspect-engine';

export interface Search {
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Where this package itself puts engines. */
export function ownFolders(cacheDir: string): [folder: string, source: Engine['source']][] {
  return [
    [path.join(downloadedEngineFolder(cacheDir), 'bin'), 'downloaded'],
    [builtEngineFolder(cacheDir, engineModuleDir()), 'built'],
  ];
}

/**
 * Looks for an engine that is there already, without downloading or building: on PATH, where the official distribution
 * installs itself, and in our own cache.
 * @returns the first that fits, and why each other was passed over
 */
export async function searchEngine(search: Search): Promise<{ engine: Engine | undefined; reasons: string[] }> {
  const home = officialHome(search.env);
  const folders: [string, Engine['source']][] = [
    ...[...new Set(pathFolders(search.env))].map((folder): [string, Engine['source']] => [folder, 'path']),
    [path.join(home, 'versions', engineVersion, 'bin'), 'official-cache'],
    [path.join(home, 'bin'), 'official-cache'],
    ...ownFolders(search.cacheDir),
  ];
  const present = folders.filter(([folder]) => isExecutable(path.join(folder, 'pulumi')));
  const reasons: string[] = [];
  for (const [folder, source] of present) {
    const found = await inspectEngine(folder, source, search.env, search.signal);
    if (typeof found !== 'string') return { engine: found, reasons };
    reasons.push(found);
  }
  if (present.length === 0)
    reasons.push(`no \`pulumi\` in the folders of PATH, in ${home}, or in the cache ${search.cacheDir}`);
  return { engine: undefined, reasons };
}
