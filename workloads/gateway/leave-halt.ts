import { mkdirSync } from 'node:fs';
import { type Halt, HaltLatch } from './halt-latch';
import { HaltRecords } from './halt-records';

/** A halt that somebody asks for, by the name that the gateway is told as well. */
export interface AskedHalt {
  readonly id: string;
  readonly reason: string;
  readonly by: string;
}

/** Latches a halt on the gateway's disk, whether the gateway answers or not. */
export const leaveHalt = {
  entry: 'workloads/change-main',
  name: 'leave-halt',
  /** @param folder the gateway's data @returns the halt that is latched, which may be an earlier one */
  make(folder: string, { id, reason, by }: AskedHalt): Halt {
    mkdirSync(folder, { recursive: true });
    const disk = new HaltLatch(folder);
    const now = Date.now();
    const halt = disk.latch(reason, by, now, id);
    // The latch holds an earlier halt: this one waits beside it, so that neither its words nor its closing are lost.
    if (disk.id() !== id) new HaltRecords(folder).leave({ id, haltedAt: new Date(now).toISOString(), reason, by });
    return halt;
  },
};
