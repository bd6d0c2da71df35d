/** A length of time for people, such as `90 s`, `35 min`, `5 h` or `3 d`. Never rounded up: what is left is not more than it says. */
export function describeSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** The last moment that can be written down; its negative is the first. In milliseconds since the epoch. */
const lastMoment = 8.64e15;

/**
 * A time as RFC 3339 in UTC. Never throws: what lies beyond all dates is told as the nearest, what is no time as `unknown`.
 * @param at milliseconds since the epoch
 */
export const toTime = (at: number): string =>
  Number.isNaN(at) ? 'unknown' : new Date(Math.min(lastMoment, Math.max(-lastMoment, at))).toISOString();

/** The same to the second, for people. */
export const describeMoment = (at: number): string => toTime(at).replace(/\.\d+Z$/, 'Z');
