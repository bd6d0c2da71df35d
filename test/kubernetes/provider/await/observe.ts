import { isDeepStrictEqual } from 'node:util';
import { type Api, type Live, pathOf, unlessGone } from '../api';
import type { Kind } from '../kinds';
import type { Properties } from '../shape';
import { podProblems } from './pods';
import { claimNames, currentReplicaSet, isOwnedBy, phaseOf, type Readiness, rollout } from './rollout';

/** Looks at an object as it is now. @returns undefined where nothing is waited for */
export type Observe = (api: Api, live: Live, before: Live | undefined) => Promise<Readiness>;

interface Awaited {
  readonly observe: Observe;
  /** For how long, where the resource's own timeout does not count, seconds. */
  readonly seconds?: number;
  /** Whether a refresh looks at it as well. */
  readonly atRefresh: boolean;
}

const ready: Readiness = { ready: true, problems: [] };

/** What is waited for after an object was written; of other kinds nothing. */
export function awaitedOf({ kind }: Kind): Awaited | undefined {
  if (kind === 'Deployment') return { observe: observeDeployment, atRefresh: true };
  if (kind === 'Service') return { observe: observeService, atRefresh: true };
  if (kind === 'PersistentVolumeClaim') return { observe: observeClaim, seconds: 300, atRefresh: false };
  if (kind === 'ResourceQuota') return { observe: observeQuota, seconds: 60, atRefresh: false };
  return undefined;
}

const apps = { apiVersion: 'apps/v1', namespaced: true };
const core = { apiVersion: 'v1', namespaced: true };

async function observeDeployment(api: Api, live: Live): Promise<Readiness> {
  const { namespace } = live.metadata;
  const list = async (kind: typeof apps, plural: string): Promise<readonly Live[]> =>
    (await api.request<{ items: Live[] }>('GET', pathOf({ ...kind, plural }, { namespace }))).items;
  const names = claimNames(live);
  const claims = names.length === 0 ? [] : await list(core, 'persistentvolumeclaims');
  const replicaSets = await list(apps, 'replicasets');
  const mounted = claims.filter(({ metadata }) => names.includes(metadata.name));
  const rolled = rollout({ deployment: live, replicaSets, claims: mounted });
  const current = currentReplicaSet(live, replicaSets);
  if (rolled.ready || !current) return rolled;
  const pods = (await list(core, 'pods')).filter((pod) => isOwnedBy(pod, current));
  return { ready: false, problems: [...rolled.problems, ...pods.flatMap(podProblems)] };
}

async function observeService(api: Api, live: Live): Promise<Readiness> {
  const { selector = {}, clusterIP, type } = live.spec as { selector?: object; clusterIP?: string; type?: string };
  if (Object.keys(selector).length === 0 || clusterIP === 'None' || type === 'ExternalName') return ready;
  const path = pathOf({ ...core, plural: 'endpoints' }, live.metadata);
  const { subsets = [] } = (await unlessGone(api.request<Live & { subsets?: Subset[] }>('GET', path))) ?? {};
  const has = (name: keyof Subset) => subsets.some((subset) => (subset[name] ?? []).length > 0);
  const untargeted = 'Service does not target any Pods: its selector fits none, or those that it fits are not ready';
  return { ready: !has('notReadyAddresses'), problems: has('addresses') ? [] : [untargeted] };
}

interface Subset {
  readonly addresses?: readonly unknown[];
  readonly notReadyAddresses?: readonly unknown[];
}

async function observeClaim(api: Api, live: Live, before: Live | undefined): Promise<Readiness> {
  const phase = phaseOf(live);
  const problems = [`PersistentVolumeClaim is ${phase ?? 'new'}`];
  if (phase === 'Bound' && before) return ready;
  const name = (live.spec as { storageClassName?: string }).storageClassName;
  const classPath = { apiVersion: 'storage.k8s.io/v1', plural: 'storageclasses', namespaced: false };
  const found = name ? await unlessGone(api.request<Properties>('GET', pathOf(classPath, { name }))) : undefined;
  // Bound only when a pod mounts it, which comes later.
  if (found?.volumeBindingMode === 'WaitForFirstConsumer') return { ready: phase === 'Pending', problems };
  return { ready: phase === 'Bound', problems };
}

async function observeQuota(_: Api, live: Live): Promise<Readiness> {
  const hard = (part: unknown) => (part as { hard?: unknown } | undefined)?.hard;
  const same = isDeepStrictEqual(hard(live.spec), hard(live.status));
  return { ready: same, problems: ['the controller has not taken the quota over yet'] };
}
