import { randomInt } from 'node:crypto';
import { isPortFree } from '../../platforms/process/ports';

/** Below what systems give to connections by themselves: one of those would take a port before it is listened on. */
const lowest = 10_000;
const highest = 30_000;

/** Ports on 127.0.0.1 that are free now, all different. */
export async function findFreePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(lowest, highest);
    if (!found.has(port) && (await isPortFree(port, '127.0.0.1'))) found.add(port);
  }
  return [...found];
}
