import { digestBytes, digestOf } from '../../posture/digest';
import type { StackFolder } from '../process/home';
import { currentDaemon, type Daemon, isRemote } from './daemon';
import { readDockerRecord, recordedDaemon } from './record';

/** The machine on which a stack's containers are. */
export interface DockerHost {
  readonly daemon: Daemon;
  /** What stands before every path of a file there, as the daemon is told it; empty on this machine. */
  readonly root: string;
}

/**
 * Where the files of stacks are on another host: each under the path that it has here, so that containers find it by
 * that path, and in a folder that nothing else has, so that nothing of that host is ever written over.
 */
const rootOf = ({ home }: StackFolder): string => `/var/lib/cutover/${digestBytes(home).slice(-8)}`;

/** Where a stack is, or is to be brought up: the host that it was brought up on stays its host, whatever DOCKER_HOST says. */
export function findHost(place: StackFolder, current: Daemon = currentDaemon()): DockerHost {
  const recorded = recordedDaemon(readDockerRecord(place));
  const daemon = recorded && (isRemote(recorded) || isRemote(current)) ? recorded : current;
  return { daemon, root: isRemote(daemon) ? rootOf(place) : '' };
}

/**
 * Why a stack cannot be brought up where DOCKER_HOST says, since it is somewhere else; undefined where it can. Containers
 * that are on two hosts would trade twice.
 */
export function describeMoved(place: StackFolder, current: Daemon = currentDaemon()): string | undefined {
  const recorded = recordedDaemon(readDockerRecord(place));
  if (!recorded || (!isRemote(recorded) && !isRemote(current)) || digestOf(recorded) === digestOf(current))
    return undefined;
  return `expected DOCKER_HOST to be ${describe(recorded)}, where stack ${place.stack} was brought up, received ${describe(current)}; set it so, or take the stack down first (cutover down), which keeps its data on that host`;
}

const describe = ({ address, socket, certificates }: Daemon): string =>
  [address, ...(socket ? [`socket ${socket}`] : []), ...(certificates ? [`certificates ${certificates}`] : [])].join(
    ', ',
  );
