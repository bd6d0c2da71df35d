import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { declaredDir, type StackFolder } from '../process/home';

const port = z.int().min(1).max(65_535);
const form = z.object({
  platform: z.literal('docker'),
  /** The daemon's socket, as `unix:///...`: a way down must not depend on what DOCKER_HOST says later. */
  daemon: z.string().startsWith('unix:///').optional(),
  ports: z.object(Object.fromEntries(workloadNames.map((name) => [name, port])) as Record<WorkloadName, typeof port>),
  /** Who owns what the containers write. */
  uid: z.int().min(1),
  gid: z.int().min(0),
});

/** What an `up` on Docker leaves behind, so that verbs know without config where the stack is. */
export type DockerRecord = z.output<typeof form>;

export const dockerRecordFile = (folder: StackFolder): string => path.join(declaredDir(folder), 'docker.json');

/** The record of a stack that was brought up on Docker; undefined for any other. */
export function readDockerRecord(folder: StackFolder): DockerRecord | undefined {
  try {
    return form.parse(JSON.parse(readFileSync(dockerRecordFile(folder), 'utf8')));
  } catch {
    return undefined; // none, or one that says nothing
  }
}
