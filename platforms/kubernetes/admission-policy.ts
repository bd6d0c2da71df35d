import type {
  V1MatchResources,
  V1NamedRuleWithOperations,
  V1ObjectMeta,
  V1ParamRef,
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicySpec,
} from '@kubernetes/client-node';
import type { Place } from './manifests-ground';
import { admissionKeys, admissionNames, configMapNames, labelNames, objectLabels } from './names';

// The second door: the API server itself admits no live pod while a halt is open. It is no proof of anything: the guardian
// alone grants, and the gateway alone trades. What it must never do is hold up the way down. A parameter that is not
// there denies, with this kind of policy, whatever is matched, paper too; so the binding that is strict matches by a
// label, which needs no parameter, and a policy of its own sees to it that the label tells the truth.

/** A binding as the API has it; the client's own type gives one of its fields another name. */
export interface BindingManifest {
  readonly apiVersion: typeof group;
  readonly kind: 'ValidatingAdmissionPolicyBinding';
  readonly metadata: V1ObjectMeta;
  readonly spec: {
    readonly policyName: string;
    readonly paramRef?: V1ParamRef;
    readonly matchResources: V1MatchResources;
    readonly validationActions: string[];
  };
}

const group = 'admissionregistration.k8s.io/v1';

const podRule: V1NamedRuleWithOperations = {
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['pods'],
  operations: ['CREATE'],
};

/** What makes pods: refused at once, where else it would be accepted and its pods not. */
const templateRules: V1NamedRuleWithOperations[] = [
  {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'],
    operations: ['CREATE', 'UPDATE'],
  },
  { apiGroups: ['batch'], apiVersions: ['v1'], resources: ['jobs', 'cronjobs'], operations: ['CREATE', 'UPDATE'] },
];

/** The pod's spec, wherever the object has it. */
const podSpec = [
  "object.kind == 'Pod' ? dyn(object).spec",
  "object.kind == 'CronJob' ? dyn(object).spec.jobTemplate.spec.template.spec",
  'dyn(object).spec.template.spec',
].join(' : ');

const paper = {
  name: 'paper',
  expression: `variables.containers.all(c, has(c.env) && c.env.exists(e, e.name == 'TRADING_MODE')
  ? c.env.all(e, e.name != 'TRADING_MODE' || (has(e.value) && e.value == 'paper'))
  : !has(c.envFrom) || size(c.envFrom) == 0)`,
};

const variables = [
  { name: 'pod', expression: podSpec },
  {
    name: 'containers',
    expression: 'variables.pod.containers + (has(variables.pod.initContainers) ? variables.pod.initContainers : [])',
  },
  paper,
];

/** The policies of a stack's second door, and how they are bound to its namespace. Pure. */
export function admissionManifests(place: Place): {
  policies: V1ValidatingAdmissionPolicy[];
  bindings: BindingManifest[];
} {
  const names = admissionNames(place.namespace);
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': place.namespace } };
  const strict = { name: configMapNames.admission, namespace: place.namespace, parameterNotFoundAction: 'Deny' };
  return {
    policies: [
      policy(place, names.live, {
        failurePolicy: 'Fail',
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: matching(namespaceSelector, [podRule, ...templateRules]),
        variables,
        validations: [
          {
            // What makes pods may always be changed in all but its pods: scaled down, above all.
            expression: `variables.paper
  || (request.operation == 'UPDATE' && object.kind != 'CronJob' && dyn(object).spec.template.spec == dyn(oldObject).spec.template.spec)
  || (has(params.data) && '${admissionKeys.halted}' in params.data && params.data['${admissionKeys.halted}'] == 'false')`,
            message: `live trading is halted, or no guardian has said that it is not: see the ConfigMap ${configMapNames.admission}; paper is always admitted`,
            reason: 'Forbidden',
          },
        ],
      }),
      policy(place, names.label, {
        failurePolicy: 'Fail',
        matchConstraints: matching(namespaceSelector, [podRule]),
        variables,
        validations: [
          {
            expression: `variables.paper || (has(object.metadata.labels) && '${labelNames.mode}' in object.metadata.labels && object.metadata.labels['${labelNames.mode}'] == 'live')`,
            message: `a pod whose TRADING_MODE is not plainly paper has to say so by its label ${labelNames.mode}: live`,
            reason: 'Forbidden',
          },
        ],
      }),
    ],
    bindings: [
      binding(place, names.livePods, {
        policyName: names.live,
        paramRef: strict,
        matchResources: {
          ...matching(namespaceSelector, [podRule]),
          objectSelector: { matchLabels: { [labelNames.mode]: 'live' } },
        },
      }),
      binding(place, names.liveTemplates, {
        policyName: names.live,
        paramRef: { ...strict, parameterNotFoundAction: 'Allow' },
        matchResources: matching(namespaceSelector, templateRules),
      }),
      binding(place, names.label, {
        policyName: names.label,
        matchResources: matching(namespaceSelector, [podRule]),
      }),
    ],
  };
}

/** Every default that the API server would fill in is named, so that an `up` without a change changes nothing. */
function matching(namespaceSelector: object, resourceRules: V1NamedRuleWithOperations[]) {
  return {
    namespaceSelector,
    objectSelector: {},
    matchPolicy: 'Equivalent',
    resourceRules: resourceRules.map((rule) => ({ ...rule, scope: '*' })),
  };
}

function policy(place: Place, name: string, spec: V1ValidatingAdmissionPolicySpec): V1ValidatingAdmissionPolicy {
  const metadata = { name, labels: objectLabels(place.stack) };
  return { apiVersion: group, kind: 'ValidatingAdmissionPolicy', metadata, spec };
}

function binding(
  place: Place,
  name: string,
  spec: Omit<BindingManifest['spec'], 'validationActions'>,
): BindingManifest {
  const metadata = { name, labels: objectLabels(place.stack) };
  return {
    apiVersion: group,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: { ...spec, validationActions: ['Deny'] },
  };
}
