import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { StackFolder } from '../process/home';
import { kubernetesRecordFile } from './names';

const port = z.int().min(1).max(65_535);
const form = z.object({
  platform: z.literal('kubernetes'),
  /** The context of the kubeconfig; absent where it is the current one. */
  context: z.string().min(1).optional(),
  namespace: z.string().min(1),
  ports: z.object(Object.fromEntries(workloadNames.map((name) => [name, port])) as Record<WorkloadName, typeof port>),
});

/** What an `up` on Kubernetes leaves behind, so that verbs know without config where the stack is. */
export type KubernetesRecord = z.output<typeof form>;

/** The record of a stack that was brought up on Kubernetes; undefined for any other. */
export function readKubernetesRecord(folder: StackFolder): KubernetesRecord | undefined {
  try {
    return form.parse(JSON.parse(readFileSync(kubernetesRecordFile(folder), 'utf8')));
  } catch {
    return undefined; // none, or one that says nothing
  }
}
