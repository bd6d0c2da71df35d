import type { Random } from './random';
import type { Schedule } from './schedule';

export type Link = 'guardian-gateway' | 'trader-gateway' | 'gateway-venue' | 'operator-gateway' | 'operator-guardian';

/** Carries messages; while a fault lasts it loses, delays, repeats and so reorders them. */
export class Network {
  private readonly faults = new Map<Link, { until: number; loss: number; delayMs: number; repeat: number }>();

  constructor(
    private readonly schedule: Schedule,
    private readonly random: Random,
  ) {}

  disturb(link: Link, ms: number, fault: { loss: number; delayMs: number; repeat: number }): void {
    this.faults.set(link, { until: this.schedule.now + ms, ...fault });
  }

  send(link: Link, deliver: () => void): void {
    const fault = this.faults.get(link);
    const disturbed = fault && this.schedule.now < fault.until;
    if (disturbed && this.random.chance(fault.loss)) return;
    const copies = disturbed && this.random.chance(fault.repeat) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const delay = this.random.between(1, 20) + (disturbed ? this.random.next() ** 3 * fault.delayMs : 0);
      this.schedule.after(delay, deliver);
    }
  }
}
