import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../../errors';
import { type Api, connectApi } from './api';
import type { Mutability } from './kinds';

/** What a provider's inputs come to. */
export interface Connection {
  /** Missing where the cluster cannot be reached, which is an error only where it is needed. */
  readonly api?: Api;
  readonly unreachable?: string;
  /** Where objects go that name none. */
  readonly namespace: string;
  readonly mutable: Mutability;
  /** Takes fields from whoever else has set them. */
  readonly force: boolean;
  /** Takes over what is there already. */
  readonly upsert: boolean;
}

/** The provider's inputs by name; all of them are text. */
export type Settings = Readonly<Record<string, string>>;

const applied = [
  ...['kubeconfig', 'context', 'namespace', 'enableConfigMapMutable', 'enableSecretMutable', 'enablePatchForce'],
  ...['enableServerSideApply', 'upsertExistingObjects', 'suppressDeprecationWarnings', 'clusterIdentifier', 'version'],
];

/**
 * Connects as a provider's inputs say.
 * @throws Error at an input that the stand-in does not apply; a cluster that does not answer is none
 */
export async function connect(settings: Settings): Promise<Connection> {
  const unknown = Object.keys(settings).find((name) => !applied.includes(name));
  const off = settings.enableServerSideApply === 'false';
  if (unknown || off) {
    const what = off ? 'enableServerSideApply: false' : `the provider's input "${unknown}"`;
    throw new Error(`the stand-in for the plugin of @pulumi/kubernetes does not apply ${what}`);
  }
  const isOn = (name: string) => settings[name] === 'true';
  const common = {
    namespace: settings.namespace || 'default',
    mutable: { configMaps: isOn('enableConfigMapMutable'), secrets: isOn('enableSecretMutable') },
    force: isOn('enablePatchForce'),
    upsert: isOn('upsertExistingObjects'),
  };
  let config: KubeConfig;
  try {
    config = await loadConfig(settings);
  } catch (error) {
    return { ...common, unreachable: `unable to load Kubernetes client configuration: ${messageOf(error)}` };
  }
  const current = config.getContextObject(config.getCurrentContext());
  const namespace = settings.namespace || current?.namespace || 'default';
  try {
    const api = await connectApi(config);
    await api.request('GET', '/openapi/v3');
    return { ...common, namespace, api };
  } catch (error) {
    const unreachable = `unable to load schema information from the API server: ${messageOf(error)}`;
    return { ...common, namespace, unreachable };
  }
}

/** The kubeconfig that a provider's inputs name, with its context. @throws Error that says what is wrong with it */
export async function loadConfig({ kubeconfig, context }: Settings): Promise<KubeConfig> {
  // It takes most of a second to load, and the engine starts a plugin more often than it connects with it.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  // A file or the text of one; without either what kubectl would take.
  const given = kubeconfig || process.env.KUBECONFIG || path.join(homedir(), '.kube', 'config');
  const file = given.replace(/^~(?=$|\/)/, homedir());
  if (existsSync(file)) config.loadFromFile(file);
  else if (given.includes('clusters')) config.loadFromString(given);
  else {
    // What is no path may be a broken kubeconfig, with secrets in it.
    const received = /^[^\s{}]+$/.test(given) ? `"${given}"` : 'another text';
    throw new Error(`expected the path of a kubeconfig or its text, received ${received}`);
  }
  if (context) config.setCurrentContext(context);
  const name = config.getCurrentContext();
  if (!config.getContextObject(name)) throw new Error(`context "${name ?? ''}" does not exist`);
  if (!config.getCurrentCluster()) throw new Error(`the cluster of context "${name}" does not exist`);
  return config;
}
