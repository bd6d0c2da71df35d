import { CutoverError, exitCodes, messageOf } from '../../errors';
import { type Cluster, ClusterError, type ClusterTarget, connect, KubeconfigError, kubeconfigFiles } from './client';

/** What an operator must be let do: `verb group/resource`, in the stack's namespace where the resource has one. */
const needed = [
  'list /pods',
  'create /pods/exec',
  'create /pods/portforward',
  'create /configmaps',
  'create /secrets',
  'create /services',
  'create /persistentvolumeclaims',
  'create apps/deployments',
  'patch apps/deployments/scale',
  'create rbac.authorization.k8s.io/roles',
  'create networking.k8s.io/networkpolicies',
  'create /namespaces',
  'create admissionregistration.k8s.io/validatingadmissionpolicies',
  'create admissionregistration.k8s.io/validatingadmissionpolicybindings',
] as const;

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

async function describeRight(cluster: Cluster, namespace: string, right: (typeof needed)[number]): Promise<string[]> {
  const [verb, rest = ''] = right.split(' ');
  const [group, resource, subresource] = rest.split('/');
  const isOfCluster = resource === 'namespaces' || group === 'admissionregistration.k8s.io';
  const attributes = { verb, group, resource, ...(subresource ? { subresource } : {}) };
  const { status } = await cluster.json<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { ...attributes, ...(isOfCluster ? {} : { namespace }) } },
      },
    },
  );
  if (status.allowed) return [];
  const what = [resource, subresource].filter(Boolean).join('/');
  const where = isOfCluster ? 'in the cluster' : `in namespace ${namespace}`;
  return [
    `expected to be let ${verb} ${what} ${where}, received a refusal; ask the cluster's administrator for that right`,
  ];
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
