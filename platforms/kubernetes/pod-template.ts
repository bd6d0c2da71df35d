import type { V1Container, V1PodTemplateSpec, V1Probe } from '@kubernetes/client-node';
import type { WorkloadName } from '../../posture/posture';
import type { WorkloadSpec } from '../platform';
import { asLiteral } from './literal';
import { modeLabel, objectLabels } from './names';
import { isRolled, mountsOf } from './pod-volumes';
import { restrictedContainer, restrictedPod } from './restricted';

/** What a workload's pod is made from. */
export interface PodInputs {
  readonly spec: WorkloadSpec;
  readonly stack: string;
  /** A reference by digest. */
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Memory of each workload: what it needs at most, generously. Quantities are written as the API server writes them. */
const memory: Record<WorkloadName, string> = {
  'simulated-venue': '512Mi',
  gateway: '512Mi',
  'model-service': '768Mi',
  backend: '512Mi',
  orchestrator: '1Gi',
  guardian: '512Mi',
};

/**
 * A workload's pod. Every default that the API server would fill in is named, so that a pod that runs is compared with
 * its declaration as a whole. Pure.
 */
export function podTemplate(inputs: PodInputs): V1PodTemplateSpec {
  const { spec, stack, environment } = inputs;
  return {
    metadata: { labels: { ...objectLabels(stack, spec.name), ...modeLabel(environment.TRADING_MODE) } },
    spec: {
      ...restrictedPod,
      serviceAccountName: spec.name,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 10,
      containers: [container(inputs)],
      volumes: mountsOf(spec).map(({ volume }) => volume),
    },
  };
}

function container({ spec, image, command, environment }: PodInputs): V1Container {
  return {
    name: spec.name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: command.map(asLiteral),
    env: Object.entries(environment).map(([name, value]) => ({
      name,
      // An empty text is left out by the API server.
      ...(value === '' ? {} : { value: asLiteral(value) }),
    })),
    ports: [{ name: 'http', containerPort: spec.port, protocol: 'TCP' }],
    resources: {
      requests: { cpu: '50m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
      limits: { cpu: '1', memory: memory[spec.name], 'ephemeral-storage': '1Gi' },
    },
    securityContext: restrictedContainer,
    ...probes(spec),
    // A pod that ends is still asked for a moment, until every node knows that it is gone from its service.
    ...(isRolled(spec.name) ? { lifecycle: { preStop: { sleep: { seconds: 3 } } } } : {}),
    terminationMessagePath: '/dev/termination-log',
    // What a pod that ends said last is in the engine's message then.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: mountsOf(spec).map(({ mount }) => mount),
  };
}

/**
 * Readiness is what `/health` says; only a pod of ours that answers nothing at all any more is started again, since not
 * to be well (a venue that is away) is no reason to lose what is under way.
 */
function probes({
  program,
  port,
}: WorkloadSpec): Pick<V1Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> {
  const ask = (path: string, periodSeconds: number, timeoutSeconds: number, failureThreshold: number): V1Probe => ({
    httpGet: { path, port, scheme: 'HTTP' },
    periodSeconds,
    timeoutSeconds,
    successThreshold: 1,
    failureThreshold,
  });
  const readinessProbe = ask('/health', 3, 3, 3);
  if (program.kind !== 'shipped') return { readinessProbe };
  return {
    startupProbe: ask('/metrics', 1, 3, 180),
    readinessProbe,
    livenessProbe: ask('/metrics', 10, 5, 6),
  };
}
