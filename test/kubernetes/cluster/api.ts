import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import { messageOf } from '../../../errors';
import { addons } from './addons';
import { nodeName, type Place } from './place';
import { isWaiting, provideVolume } from './volumes';

const pollMs = 100;

/** Reads a kubeconfig. */
export function readKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

/** Makes what every cluster has beside its own programs. */
export async function makeAddons(config: KubeConfig, place: Place): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const object of addons(place)) await create(api, object);
}

/** The namespace for it is made by a program that has just started too. */
async function create(api: KubernetesObjectApi, object: KubernetesObject): Promise<void> {
  for (;;) {
    try {
      await api.create(object);
      return;
    } catch (error) {
      if ((error as { code?: number }).code !== 404) throw error;
      await sleep(pollMs);
    }
  }
}

/** Whether pods run, and names of services are answered. */
export async function isReady(config: KubeConfig): Promise<boolean> {
  const { items } = await config.makeApiClient(CoreV1Api).listNode();
  const node = items.find(({ metadata }) => metadata?.name === nodeName);
  if (!node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return false;
  const names = await config
    .makeApiClient(AppsV1Api)
    .readNamespacedDeployment({ namespace: 'kube-system', name: 'coredns' });
  return (names.status?.availableReplicas ?? 0) > 0;
}

/** Makes a volume for each claim that waits for one, from now on for as long as this process runs. */
export async function provideVolumes(config: KubeConfig, place: Place): Promise<void> {
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/persistentvolumeclaims', () =>
    api.listPersistentVolumeClaimForAllNamespaces(),
  );
  const provide = (claim: V1PersistentVolumeClaim) => {
    if (!isWaiting(claim)) return;
    provideVolume(api, place, claim).catch((error) => console.error(`no volume was made: ${messageOf(error)}`));
  };
  informer.on('add', provide);
  informer.on('update', provide);
  informer.on('error', () => {
    // The API server ends every watch after a while, and all of them when it is stopped.
    setTimeout(() => informer.start().catch(() => {}), 1000).unref();
  });
  await informer.start();
}
