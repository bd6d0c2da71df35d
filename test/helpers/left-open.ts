import { readdirSync } from 'node:fs';

const often = 20;

/** How many handles each call of `run` leaves open, on the average of many and in whole numbers. */
export function countLeftOpen(run: () => void): number {
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let time = 0; time < often; time++) run();
  return Math.round((open() - before) / often);
}
