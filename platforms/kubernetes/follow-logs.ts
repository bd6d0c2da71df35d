import { appendFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import type { Cluster } from './client';
import type { Pod } from './pods';

/** How far a pod's log was read: the time of its last line, and how many of the lines before it had that time. */
export interface LogMark {
  readonly uid: string;
  /** RFC 3339 with nanoseconds, as the API server writes it. */
  readonly time: string;
  readonly lines: number;
}

/** At most this much is asked for at once, and kept here, bytes. */
const mostBytes = 4 * 1024 * 1024;
const mostKept = 16 * 1024 * 1024;

/**
 * What is new in a log. The API server is asked by whole seconds, so what it answers begins with lines that were read
 * already. Pure.
 * @param text lines that each begin with their time
 */
export function newLines(text: string, mark: LogMark): { readonly text: string; readonly mark: LogMark } {
  let { time, lines } = mark;
  let seen = 0;
  let fresh = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const space = line.indexOf(' ');
    const at = line.slice(0, space);
    if (at < mark.time) continue;
    if (at === mark.time) {
      seen += 1;
      if (seen <= mark.lines) continue;
    }
    lines = at === time ? lines + 1 : 1;
    time = at;
    fresh += `${line.slice(space + 1)}\n`;
  }
  return { text: fresh, mark: { uid: mark.uid, time, lines } };
}

/**
 * Follows what the pods of one workload write, into a file of this machine. What they wrote before the first look does
 * not count: nothing of it is new.
 */
export class LogFollower {
  private mark: LogMark | undefined;

  /** @param file kept short: it begins anew when it has grown long */
  constructor(
    private readonly cluster: Cluster,
    private readonly workload: string,
    private readonly file: string,
  ) {}

  /** @param pod the one that runs @param now wall time, milliseconds @throws ClusterError; Error; the file system's error */
  async follow(pod: Pod, now: number): Promise<void> {
    const { uid, name, namespace, creationTimestamp } = pod.metadata;
    // A pod that comes later is read from its start.
    const start = this.mark ? creationTimestamp : new Date(now).toISOString();
    const mark = this.mark?.uid === uid ? this.mark : { uid, time: start, lines: 0 };
    const query = new URLSearchParams({
      container: this.workload,
      sinceTime: `${mark.time.slice(0, 19)}Z`,
      timestamps: 'true',
      limitBytes: String(mostBytes),
    });
    const answer = await this.cluster.text('GET', `/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`);
    const fresh = newLines(answer, mark);
    this.mark = fresh.mark;
    mkdirSync(path.dirname(this.file), { recursive: true });
    if ((statSync(this.file, { throwIfNoEntry: false })?.size ?? 0) > mostKept) truncateSync(this.file);
    appendFileSync(this.file, fresh.text);
  }
}
