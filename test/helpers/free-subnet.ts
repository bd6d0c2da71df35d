import { randomInt } from 'node:crypto';
import { runTool } from './tool';

/**
 * Chooses addresses that no interface and no route of this machine uses.
 * @returns the first two numbers of each, such as `10.213`
 */
export function freeSubnet(): string {
  const used = runTool('ip', '-4', 'route', 'show', 'table', 'all') + runTool('ip', '-4', 'addr');
  const free = Array.from({ length: 54 }, (_, index) => `10.${200 + index}`).filter(
    (subnet) => !used.includes(`${subnet}.`),
  );
  if (free.length === 0) throw new Error('every network from 10.200.0.0/16 to 10.253.0.0/16 is in use');
  return free[randomInt(free.length)]!;
}
