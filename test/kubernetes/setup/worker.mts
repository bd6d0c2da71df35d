import { inject } from 'vitest';
import { askForCluster } from '../cluster/provide-cluster.ts';
import { inWorker } from '../in-worker.ts';

// Everything that a test starts finds the cluster, and the plugin for it, as a user's environment would have them.
const { port, missing, pluginFolder } = inject('kubernetes');
const found = port === undefined ? { missing: missing! } : await askForCluster(port);
if ('missing' in found) {
  if (port !== undefined) console.error(`Tests on Kubernetes are skipped: ${found.missing}`);
} else {
  process.env.KUBECONFIG = found.kubeconfig;
  // The node is on this machine, and no proxy leads there.
  const node = new URL(found.server).hostname;
  for (const name of ['NO_PROXY', 'no_proxy']) process.env[name] = [process.env[name], node].filter(Boolean).join(',');
}
if (pluginFolder) process.env.PATH = `${pluginFolder}:${process.env.PATH}`;
inWorker.cluster = found;
