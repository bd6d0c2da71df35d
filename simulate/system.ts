import type { Digest } from '../posture/digest';
import type { Posture } from '../posture/posture';
import type { PermitLimits } from '../protocol/messages';
import type { Schedule } from './schedule';

export interface TraderInstance {
  readonly key: string;
  readonly startedAt: number;
}

/** What is deployed at one moment: what a guardian would see if it looked then. */
export interface DeployedSystem {
  readonly mode: 'paper' | 'live';
  readonly posture: Digest;
  /** The posture that the digest names. */
  readonly declared: Posture;
  readonly limits: PermitLimits;
  readonly traders: readonly TraderInstance[];
  readonly tripped: readonly string[];
}

/** All that was ever deployed, by true time. */
export class SystemHistory {
  private readonly past: { readonly from: number; readonly system: DeployedSystem }[] = [];

  constructor(private readonly schedule: Schedule) {}

  set(system: DeployedSystem): void {
    this.past.push({ from: this.schedule.now, system });
  }

  get current(): DeployedSystem {
    return this.past.at(-1)!.system;
  }

  at(time: number): DeployedSystem {
    for (let index = this.past.length - 1; index >= 0; index--) {
      if (this.past[index]!.from <= time) return this.past[index]!.system;
    }
    return this.past[0]!.system;
  }

  /** Since when, without a break until a time, a rule has been tripped; undefined where none is then. */
  trippedSince(time: number): number | undefined {
    const until = this.past.filter(({ from }) => from <= time);
    const clear = until.findLastIndex(({ system }) => system.tripped.length === 0);
    return until[clear + 1]?.from;
  }

  /** Every live posture so far. */
  livePostures(): Posture[] {
    return this.past.filter(({ system }) => system.mode === 'live').map(({ system }) => system.declared);
  }
}
