import type Docker from 'dockerode';
import { z } from 'zod';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { Digest } from '../../posture/digest';
import { runCarrier } from './carrier';
import { type Daemon, socketVariable } from './daemon';
import { shippedCommand } from './names';

const form = z.object({ id: z.string(), group: z.int().min(0) });

/** How long the look may take, milliseconds. */
const lookMs = 30_000;

/**
 * Finds the group that may use a daemon's socket on its host, by a container that is given the socket and asks whose it is.
 * @returns the group's number
 * @throws CutoverError `daemon_remote` (exit code 5) where that is not this daemon's socket
 */
export async function findSocketGroup(docker: Docker, stack: string, image: Digest, daemon: Daemon): Promise<number> {
  const socket = daemon.socket ?? '';
  const refuse = (received: string) =>
    new CutoverError(
      'daemon_remote',
      `expected the socket of the Docker daemon at ${daemon.address} to be ${socket} on its host, received ${received}: the guardian sees the containers through it; set ${socketVariable} to its path there`,
      { exitCode: exitCodes.missing },
    );
  const { ID: own } = (await docker.info()) as { ID?: string };
  const mounts = [{ Type: 'bind', Source: socket, Target: socket, ReadOnly: true }] as const;
  // As root, without any of its rights: the socket is its own.
  const carrier = { stack, image, user: '0:0', mounts };
  const command = shippedCommand('platforms/docker/inside/socket-main', socket);
  try {
    const { exitCode, stdout, stderr } = await runCarrier(docker, carrier, command, { timeoutMs: lookMs });
    if (exitCode !== 0) throw refuse(stderr.trim() || `exit code ${exitCode}`);
    const { id, group } = form.parse(JSON.parse(stdout.toString()));
    if (id !== own) throw refuse('the socket of another daemon');
    return group;
  } catch (error) {
    if (/bind source path does not exist/.test(messageOf(error))) throw refuse('no such file');
    throw error;
  }
}
