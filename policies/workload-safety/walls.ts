import type { Check } from './check';
import type { Unit, Walls } from './unit';

/** What is wrong with the walls of each container of a resource. A process has none: it runs as whoever applied it. */
export const findInWalls =
  (find: (walls: Walls, unit: Unit) => readonly string[]): Check['find'] =>
  ({ units }) =>
    units.flatMap((unit) => (unit.walls ? find(unit.walls, unit) : []));
