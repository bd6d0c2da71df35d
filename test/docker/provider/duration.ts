const unitsNs = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 } as const;

/**
 * A duration as Go writes it (`1m30s`, `500ms`), in nanoseconds, as the daemon takes it.
 * @throws Error when it is none
 */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw new Error(`expected a duration such as 30s or 1m30s, received "${text}"`);
  }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * unitsNs[unit as 'ns'], 0));
}

/** Nanoseconds as Go writes them: what is read back is `1m0s` also where `60s` was asked for. */
export function formatDuration(ns: number): string {
  if (ns === 0) return '0s';
  if (ns < unitsNs.s) return ns < unitsNs.ms ? `${ns / unitsNs.us}µs` : `${ns / unitsNs.ms}ms`;
  const hours = Math.floor(ns / unitsNs.h);
  const minutes = Math.floor((ns % unitsNs.h) / unitsNs.m);
  const seconds = (ns % unitsNs.m) / unitsNs.s;
  return [hours ? `${hours}h` : '', hours || minutes ? `${minutes}m` : '', `${seconds}s`].join('');
}
