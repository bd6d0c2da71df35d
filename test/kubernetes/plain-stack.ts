import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findApiServers } from '../../platforms/kubernetes/api-servers';
import { type Cluster, connect, orAbsent } from '../../platforms/kubernetes/client';
import { ensureKept } from '../../platforms/kubernetes/kept-objects';
import { groundManifests, workloadManifests } from '../../platforms/kubernetes/manifests';
import { kubernetesRecordFile } from '../../platforms/kubernetes/names';
import { createOperations } from '../../platforms/operations';
import type { Operations, StackPlace } from '../../platforms/platform';
import { buildImage, readImage } from '../../toolchain/image';
import { type DeclaredStack, declare, root } from '../platforms/kubernetes/declare';
import { cluster } from './bed';
import { importImage } from './cluster/images';

/** Where the API keeps objects of a kind. */
const folders: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ResourceQuota: '/api/v1/namespaces/NS/resourcequotas',
  ServiceAccount: '/api/v1/namespaces/NS/serviceaccounts',
  PersistentVolumeClaim: '/api/v1/namespaces/NS/persistentvolumeclaims',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  Service: '/api/v1/namespaces/NS/services',
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings',
  NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
  ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
};

interface Manifest {
  readonly kind?: string;
}

/** A stack that was made of its manifests, without the engine. */
export interface PlainStack extends DeclaredStack {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly operations: Operations;
  create(manifest: object): Promise<void>;
  remove(): Promise<void>;
}

/** The image of the shipped workloads, in the node's store. @returns the name by digest under which a pod refers to it */
export async function shippedImage(): Promise<string> {
  const image = readImage(root) ?? (await buildImage(root, () => {}));
  return importImage(cluster(), image.archive, 'cutover.test/cutover');
}

/** Brings a stack up as `up` would, by the API alone. @param settings of its config, beside platform, image and model */
export async function startPlainStack(
  stack: string,
  image: string,
  settings: Record<string, string> = {},
): Promise<PlainStack> {
  const declared = declare({ 'cutover:kubernetes': JSON.stringify({ image }), ...settings }, stack);
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-plain-'));
  const place: StackPlace = { stack, projectDir: folder, home: path.join(folder, 'home') };
  const server = await connect({ kind: 'context' });
  const { namespace } = declared.view;
  const folderOf = (kind = '') => folders[kind]!.replace('NS', namespace);
  const create = async (manifest: object) => {
    const { kind } = manifest as Manifest;
    await server.json('POST', folderOf(kind), { body: manifest });
  };
  const ground = groundManifests(declared.config, place, declared.view, declared.posture);
  await create(ground.namespace);
  await ensureKept(server, { stack, namespace });
  const first = [ground.quota, ground.accounts, ground.claims, ground.files, ground.rights, ground.admission];
  const network = ground.network(await findApiServers(server));
  for (const manifest of listManifests([...first, network])) await create(manifest);
  for (const spec of declared.specs) {
    for (const manifest of listManifests(workloadManifests(place, declared.view, spec))) await create(manifest);
  }
  const record = { platform: 'kubernetes', namespace, ports: declared.config.ports };
  mkdirSync(path.dirname(kubernetesRecordFile(place)), { recursive: true });
  writeFileSync(kubernetesRecordFile(place), JSON.stringify(record));
  return {
    ...declared,
    place,
    cluster: server,
    namespace,
    create,
    operations: createOperations(place),
    remove: async () => {
      // What is in the namespace goes with it. The admission policies stay: an API server that has lost the last one
      // with a parameter never looks at such parameters again.
      await orAbsent(server.json('DELETE', `${folders.Namespace}/${namespace}`));
      rmSync(folder, { recursive: true });
    },
  };
}

/** Every manifest in whatever holds some. */
function listManifests(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return (value as Manifest).kind === undefined ? Object.values(value).flatMap(listManifests) : [value];
}
