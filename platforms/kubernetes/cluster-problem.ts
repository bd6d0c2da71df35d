import { CutoverError, exitCodes, messageOf } from '../../errors';
import { type Cluster, ClusterError, type ClusterTarget, connect, KubeconfigError, kubeconfigFiles } from './client';

/** Kinds of objects that an `up` makes and changes, as `group/resource`. */
const made = [
  '/namespaces',
  '/resourcequotas',
  '/serviceaccounts',
  '/configmaps',
  '/secrets',
  '/services',
  '/persistentvolumeclaims',
  'apps/deployments',
  'rbac.authorization.k8s.io/roles',
  'rbac.authorization.k8s.io/rolebindings',
  'networking.k8s.io/networkpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
];

/** What an operator must be let do, in the stack's namespace where the resource has one. */
const needed: readonly (readonly [verbs: readonly string[], resource: string])[] = [
  [['list'], '/pods'],
  [['create'], '/pods/exec'],
  [['create'], '/pods/portforward'],
  [['patch'], 'apps/deployments/scale'],
  // What is applied by the server needs both.
  ...made.map((resource) => [['create', 'patch'], resource] as const),
];

/** What is wrong with a cluster, as sentences with the way out. */
export interface ClusterProblem {
  readonly code: 'cluster_unreachable' | 'cluster_unauthorised' | 'cluster_forbidden';
  readonly sentences: readonly string[];
}

/**
 * Why a stack cannot be brought up on a cluster: it cannot be reached, does not know who asks, or does not let them.
 * Undefined where nothing is wrong. Changes nothing.
 */
export async function describeClusterProblem(
  target: ClusterTarget,
  namespace: string,
): Promise<ClusterProblem | undefined> {
  let server = kubeconfigFiles();
  try {
    const cluster = await connect(target);
    server = cluster.config.getCurrentCluster()?.server ?? server;
    await cluster.json('GET', '/version');
    const forbidden = (await Promise.all(needed.map((right) => describeRight(cluster, namespace, right)))).flat();
    return forbidden.length > 0 ? { code: 'cluster_forbidden', sentences: forbidden } : undefined;
  } catch (error) {
    return describeFailure(error, server);
  }
}

async function describeRight(
  cluster: Cluster,
  namespace: string,
  [verbs, kind]: (typeof needed)[number],
): Promise<string[]> {
  const [group, resource, subresource] = kind.split('/');
  const isOfCluster = resource === 'namespaces' || group === 'admissionregistration.k8s.io';
  const where = { group, resource, ...(subresource ? { subresource } : {}), ...(isOfCluster ? {} : { namespace }) };
  const allowed = await Promise.all(verbs.map((verb) => isAllowed(cluster, { verb, ...where })));
  const missing = verbs.filter((_, index) => !allowed[index]);
  if (missing.length === 0) return [];
  const what = [resource, subresource].filter(Boolean).join('/');
  const place = isOfCluster ? 'in the cluster' : `in namespace ${namespace}`;
  return [
    `expected to be let ${missing.join(' and ')} ${what} ${place}, received a refusal; ask the cluster's administrator for that right`,
  ];
}

async function isAllowed(cluster: Cluster, resourceAttributes: object): Promise<boolean> {
  const { status } = await cluster.json<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      },
    },
  );
  return status.allowed;
}

/** What a verb says of a cluster that could not be asked; any other error as it is. */
export function asProblem(error: unknown, server: string): unknown {
  const { code } = Object(error) as { code?: unknown };
  const refused = error instanceof ClusterError && (error.status === 401 || error.status === 403);
  // Node.js names what is wrong with a connection by such a code.
  const broken = typeof code === 'string' && /^(E[A-Z_]+|[A-Z_]*CERT[A-Z_]*)$/.test(code);
  const unusable = error instanceof KubeconfigError;
  if (!refused && !broken && !unusable) return error;
  const problem = describeFailure(error, server);
  return new CutoverError(problem.code, problem.sentences.join('; '), { exitCode: exitCodes.missing, cause: error });
}

/** A failure to ask a cluster, in words that say what to do. */
export function describeFailure(error: unknown, server: string): ClusterProblem {
  if (error instanceof ClusterError) {
    if (error.status === 401) {
      const sentence = `expected the cluster at ${server} to know who asks, received 401; renew the credentials of the context in ${kubeconfigFiles()}`;
      return { code: 'cluster_unauthorised', sentences: [sentence] };
    }
    if (error.status === 403) {
      const sentence = `expected to be let ask the cluster at ${server}, received: ${error.message}; ask its administrator`;
      return { code: 'cluster_forbidden', sentences: [sentence] };
    }
  }
  const why = error instanceof AggregateError ? String((error as { code?: string }).code) : messageOf(error);
  const sentence =
    error instanceof KubeconfigError
      ? `${why}; set cutover:kubernetes.context, or KUBECONFIG`
      : `expected a Kubernetes API server at ${server}, received: ${why}; start it, or set cutover:kubernetes.context or KUBECONFIG`;
  return { code: 'cluster_unreachable', sentences: [sentence] };
}
