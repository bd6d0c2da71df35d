import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf, isAlive, listEntries, type ProcessIdentity } from '../../platforms/process-identity';

const pollMs = 20;
/** How long a process may take to vanish after SIGKILL, milliseconds. */
const killMs = 2_000;

/** These processes and everything below them, as of now. */
export function treesOf(roots: readonly ProcessIdentity[]): ProcessIdentity[] {
  const all = listEntries();
  const found = new Map<number, ProcessIdentity>();
  for (const root of roots.filter(isAlive)) {
    for (const entry of [root, ...descendantsOf(root.pid, all)]) found.set(entry.pid, entry);
  }
  return [...found.values()];
}

/** Sends a signal to each that still lives. */
export function signalAll(targets: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
  for (const target of targets) {
    if (!isAlive(target)) continue;
    try {
      process.kill(target.pid, signal);
    } catch {
      // ended between the look and the signal, or another user's: who waits for its end finds out
    }
  }
}

/**
 * Waits until all of them ended.
 * @param limitMs how long at most, milliseconds
 * @returns those that still live then
 */
export async function waitForEnd(targets: readonly ProcessIdentity[], limitMs: number): Promise<ProcessIdentity[]> {
  const deadline = performance.now() + limitMs;
  let left = targets.filter(isAlive);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(pollMs);
    left = left.filter(isAlive);
  }
  return left;
}

/**
 * Ends processes with everything below them: SIGTERM, then SIGKILL for what lives after the grace.
 * @param graceMs milliseconds between the two
 * @returns what even SIGKILL did not end
 */
export async function endTrees(roots: readonly ProcessIdentity[], graceMs: number): Promise<ProcessIdentity[]> {
  const trees = treesOf(roots);
  signalAll(trees, 'SIGTERM');
  const left = await waitForEnd(trees, graceMs);
  // What a survivor started meanwhile goes with it.
  return killAll(treesOf(left));
}

/** SIGKILL, and the wait for its effect. @returns what still lives */
export async function killAll(targets: readonly ProcessIdentity[]): Promise<ProcessIdentity[]> {
  signalAll(targets, 'SIGKILL');
  return waitForEnd(targets, killMs);
}
