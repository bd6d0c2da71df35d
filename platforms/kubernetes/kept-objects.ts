import { randomBytes } from 'node:crypto';
import { type Cluster, ClusterError, orAbsent } from './client';
import { configMapNames, objectLabels, secretKeys, secretName, shutAdmission } from './names';

/** Where a stack is in a cluster. */
interface Place {
  readonly stack: string;
  readonly namespace: string;
}

/** A Secret or ConfigMap, as far as it is looked at. */
interface Holder {
  readonly data?: Readonly<Record<string, string>> | null;
}

const base = (namespace: string, kind: 'secrets' | 'configmaps') => `/api/v1/namespaces/${namespace}/${kind}`;

/**
 * Sees to it that a stack's Secret and the parameter of its admission policy exist. Both are made once, here and not by
 * the engine: secrets would pass its state, and the parameter is the guardian's to write. What is there is kept.
 * @throws ClusterError; Error
 */
export async function ensureKept(cluster: Cluster, place: Place): Promise<void> {
  await ensureSecret(cluster, place);
  await ensureAdmission(cluster, place);
}

/** Whether both are there, the Secret with every key. @throws ClusterError; Error */
export async function isKept(cluster: Cluster, { namespace }: Place): Promise<boolean> {
  const [secret, admission] = await Promise.all([
    orAbsent(cluster.json<Holder>('GET', `${base(namespace, 'secrets')}/${secretName}`)),
    orAbsent(cluster.json<Holder>('GET', `${base(namespace, 'configmaps')}/${configMapNames.admission}`)),
  ]);
  return secret !== undefined && missingKeys(secret).length === 0 && admission !== undefined;
}

async function ensureSecret(cluster: Cluster, place: Place): Promise<void> {
  const file = `${base(place.namespace, 'secrets')}/${secretName}`;
  const found = await orAbsent(cluster.json<Holder>('GET', file));
  const missing = missingKeys(found ?? {});
  if (found && missing.length === 0) return;
  const data = Object.fromEntries(missing.map((key) => [key, freshKey()]));
  if (found) {
    await cluster.json('PATCH', file, { body: { data }, contentType: 'application/merge-patch+json' });
    return;
  }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: metadata(place, secretName), type: 'Opaque', data };
  await createOnce(cluster, base(place.namespace, 'secrets'), secret);
}

async function ensureAdmission(cluster: Cluster, place: Place): Promise<void> {
  const folder = base(place.namespace, 'configmaps');
  if (await orAbsent(cluster.json<Holder>('GET', `${folder}/${configMapNames.admission}`))) return;
  const shut = { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(place, configMapNames.admission) };
  await createOnce(cluster, folder, { ...shut, data: shutAdmission });
}

/** Of two that make an object at once both use the first's. */
async function createOnce(cluster: Cluster, folder: string, body: object): Promise<void> {
  try {
    await cluster.json('POST', folder, { body });
  } catch (error) {
    if (!(error instanceof ClusterError && error.status === 409)) throw error;
  }
}

const metadata = ({ stack }: Place, name: string) => ({ name, labels: objectLabels(stack) });
const missingKeys = ({ data }: Holder): string[] => secretKeys.filter((key) => !data?.[key]);
/** 256 random bits in hexadecimal and the end of a line, in base64 as the API takes it. */
const freshKey = (): string => Buffer.from(`${randomBytes(32).toString('hex')}\n`).toString('base64');
