import { lchownSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { currentDaemon, type Daemon, isRemote } from './daemon';

/** The user of the containers where root applies a stack: no container runs as root. */
const unprivileged = 10_001;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who the containers run as: the one who applies the stack, so that both can read and write its folders. On another host
 * that number may be anybody's.
 */
export function chooseOwner(daemon: Daemon = currentDaemon()): Owner {
  const uid = process.getuid?.() ?? unprivileged;
  return uid === 0 || isRemote(daemon)
    ? { uid: unprivileged, gid: unprivileged }
    : { uid, gid: process.getgid?.() ?? uid };
}

/** Gives a folder and everything in it to the containers' user. Only root can, and only root needs to. */
export function giveTo(owner: Owner, folder: string): void {
  if (process.getuid?.() !== 0) return;
  lchownSync(folder, owner.uid, owner.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) giveTo(owner, inside);
    else lchownSync(inside, owner.uid, owner.gid);
  }
}
