import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';

const node = '/usr/local/bin/node';
/** For what a slow machine may take long with, milliseconds. */
export const patient = { timeout: 120_000, interval: 200 };

export interface PodOptions {
  readonly labels?: Record<string, string>;
  /** The claim whose volume is at /data. */
  readonly claim?: string;
}

/**
 * A pod that passes the strictest level of Pod Security, and runs a script.
 * @param image one with Node.js where the shipped image has it; see `testImage`
 */
export function restrictedPod(name: string, image: string, script: string, options: PodOptions = {}): V1Pod {
  const { labels = {}, claim } = options;
  return {
    metadata: { name, labels },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        fsGroup: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'node',
          image,
          command: [node, '-e', script],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          ...(claim ? { volumeMounts: [{ name: 'data', mountPath: '/data' }] } : {}),
        },
      ],
      ...(claim ? { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }] } : {}),
    },
  };
}

/** Starts a pod and waits until it runs. */
export async function startPod(api: CoreV1Api, namespace: string, pod: V1Pod): Promise<void> {
  const name = pod.metadata!.name!;
  await api.createNamespacedPod({ namespace, body: pod });
  const phase = async () => (await api.readNamespacedPod({ namespace, name })).status?.phase;
  await expect.poll(phase, patient).toBe('Running');
}

/** Runs a pod to its end and deletes it. @returns what it printed, and its exit code */
export async function runPod(api: CoreV1Api, namespace: string, pod: V1Pod): Promise<{ code: number; output: string }> {
  const name = pod.metadata!.name!;
  await api.createNamespacedPod({ namespace, body: pod });
  const end = async () => {
    const { status } = await api.readNamespacedPod({ namespace, name });
    return status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
  };
  await expect.poll(end, patient).toBeTypeOf('number');
  const [code, output] = [(await end())!, await api.readNamespacedPodLog({ namespace, name })];
  await deletePod(api, namespace, name);
  return { code, output };
}

/** Deletes a pod and waits until it is gone. */
export async function deletePod(api: CoreV1Api, namespace: string, name: string): Promise<void> {
  await api.deleteNamespacedPod({ namespace, name });
  const names = async () => (await api.listNamespacedPod({ namespace })).items.map(({ metadata }) => metadata?.name);
  await expect.poll(names, patient).not.toContain(name);
}
