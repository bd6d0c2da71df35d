import { isDeepStrictEqual } from 'node:util';
import { loadConfig, type Settings } from './connect';

/**
 * Which of a provider's inputs changed, and which of them replace everything that it made: those by which it comes to
 * another cluster, or the identifier of one, whose word is final. Where a kubeconfig lies does not matter.
 */
export async function diffProvider(olds: Settings, news: Settings): Promise<{ changed: string[]; replaces: string[] }> {
  const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changed = names.filter((name) => olds[name] !== news[name]);
  const identifier = 'clusterIdentifier';
  if (olds[identifier] && news[identifier]) {
    return { changed, replaces: changed.filter((name) => name === identifier) };
  }
  if (changed.length === 0) return { changed, replaces: [] };
  const [before, after] = [await clusterOf(olds), await clusterOf(news)];
  const moved = before !== undefined && after !== undefined && !isDeepStrictEqual(before, after);
  return { changed, replaces: moved ? changed.filter((name) => ['kubeconfig', 'context'].includes(name)) : [] };
}

/** The cluster that a provider's inputs name; undefined where they name none that can be found. */
async function clusterOf(settings: Settings) {
  try {
    const { name: _, ...cluster } = (await loadConfig(settings)).getCurrentCluster()!;
    return cluster;
  } catch {
    return undefined;
  }
}
