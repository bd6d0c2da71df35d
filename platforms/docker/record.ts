import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Digest } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { declaredDir, type StackFolder } from '../process/home';
import type { FoldersInputs } from '../resource-types';
import { type Daemon, urlOf } from './daemon';

const port = z.int().min(1).max(65_535);
const absolute = z.string().startsWith('/');
const form = z
  .object({
    platform: z.literal('docker'),
    /** The daemon's address: a way down must not depend on what DOCKER_HOST says later. */
    daemon: z
      .union([z.string().startsWith('unix:///'), z.string().refine((text) => urlOf(text) !== undefined)])
      .optional(),
    /** Of a daemon on another host: how it is reached, and where the stack's files are there. */
    remote: z
      .object({
        socket: absolute,
        certificates: absolute.optional(),
        root: absolute,
        /** The image of the shipped workloads, by which that daemon knows it. */
        image: z.string().regex(/^sha256:[0-9a-f]{64}$/) as unknown as z.ZodType<Digest>,
      })
      .optional(),
    ports: z.object(Object.fromEntries(workloadNames.map((name) => [name, port])) as Record<WorkloadName, typeof port>),
    /** Who owns what the containers write. */
    uid: z.int().min(1),
    gid: z.int().min(0),
  })
  .refine(({ daemon, remote }) => (remote !== undefined) === (daemon !== undefined && urlOf(daemon) !== undefined));

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

/** What is written down of a stack whose folders are made with these inputs. */
export function recordOf({ daemon, ports, uid, gid, remote }: FoldersInputs): DockerRecord {
  if (!remote) return { platform: 'docker', daemon, ports, uid, gid };
  const { socket, certificates, root, image } = remote;
  const secured = certificates === undefined ? {} : { certificates };
  return { platform: 'docker', daemon, remote: { socket, ...secured, root, image }, ports, uid, gid };
}

/** A record as the text of its file. */
export const formatRecord = (record: DockerRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/** The daemon that a stack was brought up on; undefined where that was not written down. */
export function recordedDaemon(record: DockerRecord | undefined): Daemon | undefined {
  if (record?.daemon === undefined) return undefined;
  const { socket, certificates } = record.remote ?? {};
  return {
    address: record.daemon,
    ...(socket === undefined ? {} : { socket }),
    ...(certificates === undefined ? {} : { certificates }),
  };
}
