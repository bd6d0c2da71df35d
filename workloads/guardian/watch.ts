import type { Logger } from 'pino';
import type { Replica, Stray } from '../../platforms/platform';

/** What the guardian saw last. */
export interface Sighting {
  readonly observedAt: string;
  readonly replicas: readonly Replica[];
  readonly duplicates: readonly Stray[];
}

export interface Watch {
  /** @returns undefined until the first look is over */
  last(): Sighting | undefined;
  start(): Promise<void>;
  stop(): void;
}

/** Looks at what runs, and does what follows from it. */
export interface Looker {
  observe(): Promise<Pick<Sighting, 'replicas' | 'duplicates'>>;
}

/** Time between two looks, seconds. */
const intervalSeconds = 1;

/** Looks at every replica again and again, and logs what changed: each change once, so that the log stays readable. */
export function createWatch(observer: Looker, log: Logger): Watch {
  let sighting: Sighting | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const look = async () => {
    try {
      const { replicas, duplicates } = await observer.observe();
      const next = { observedAt: new Date().toISOString(), replicas, duplicates };
      for (const change of describeChanges(sighting, next)) log.warn(change);
      sighting = next;
    } catch (error) {
      log.error({ err: error }, 'cannot observe the replicas');
    }
    if (!stopped) timer = setTimeout(look, intervalSeconds * 1000);
  };

  return {
    last: () => sighting,
    start: look,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const isSameStart = (one: Replica, other: Replica) => one.pid === other.pid && one.startTime === other.startTime;

/** What is different between two looks, as sentences. Pure. */
export function describeChanges(before: Sighting | undefined, after: Sighting): string[] {
  const changes: string[] = [];
  for (const replica of after.replicas) {
    const former = before?.replicas.find(({ workload }) => workload === replica.workload);
    if (former && former.state === replica.state && isSameStart(former, replica)) continue;
    if (!former && replica.state === 'running') continue;
    const why = replica.reason ? `: ${replica.reason}` : '';
    changes.push(`${replica.workload} is ${replica.state}${replica.pid ? ` as PID ${replica.pid}` : ''}${why}`);
  }
  const known = new Set(before?.duplicates.map(({ name }) => name));
  for (const stray of after.duplicates) {
    if (!known.has(stray.name)) changes.push(`${stray.name} runs ${stray.workload} a second time`);
  }
  return changes;
}
