import type { Outcome } from '../protocol/gateway-state';
import type { GatewayPort, SentOrder, VenuePort, WorldPort } from './ports';

/** The venue: its own clock, which runs on evenly; it executes nothing after its deadline. */
export class SimulatedVenue implements VenuePort {
  /** Longest time to execute an order, milliseconds. */
  executionMs = 50;
  down = false;
  rejects = 0;
  private readonly offset: number;
  private readonly rate: number;
  private readonly outcomes = new Map<string, Outcome>();
  private resting: SentOrder[] = [];

  constructor(private readonly world: WorldPort) {
    this.offset = world.random.between(1e9, 2e9);
    this.rate = 1 + world.random.between(-2e-4, 2e-4);
  }

  now(): number {
    return this.offset + this.world.schedule.now * this.rate;
  }

  receive(sent: SentOrder): void {
    const { world } = this;
    if (this.down) return;
    if (world.random.chance(this.rejects)) {
      this.outcomes.set(sent.order.clientOrderId, 'dead');
      return;
    }
    this.resting.push(sent);
    world.schedule.after(world.random.next() ** 2 * this.executionMs, () => this.execute(sent));
  }

  cancelAll(gateway: GatewayPort): void {
    if (this.down) return;
    for (const { order } of this.resting.filter((sent) => sent.gateway === gateway))
      this.outcomes.set(order.clientOrderId, 'dead');
    this.resting = this.resting.filter((sent) => sent.gateway !== gateway);
  }

  /** Answers with the time and with what became of orders; an order past its deadline that never came is dead. */
  ask(
    ids: readonly string[],
    deadlines: ReadonlyMap<string, number>,
    answer: (venueMs: number, outcomes: { clientOrderId: string; outcome: Outcome }[]) => void,
  ): void {
    const { world } = this;
    world.network.send('gateway-venue', () => {
      if (this.down) return;
      const now = this.now();
      const outcomes = ids.map((clientOrderId) => {
        const never = !this.isResting(clientOrderId) && (deadlines.get(clientOrderId) ?? now) < now;
        return { clientOrderId, outcome: this.outcomes.get(clientOrderId) ?? (never ? 'dead' : 'open') };
      });
      world.network.send('gateway-venue', () => answer(now, outcomes));
    });
  }

  private isResting(clientOrderId: string): boolean {
    return this.resting.some(({ order }) => order.clientOrderId === clientOrderId);
  }

  private execute(sent: SentOrder): void {
    if (!this.resting.includes(sent)) return;
    this.resting = this.resting.filter((other) => other !== sent);
    const { clientOrderId } = sent.order;
    const executed = !this.down && this.now() <= sent.deadline;
    // Of two copies that both execute the first is told; that both did is for the witness to see.
    if (this.outcomes.get(clientOrderId) !== 'executed')
      this.outcomes.set(clientOrderId, executed ? 'executed' : 'dead');
    if (executed) this.world.witness.executed(sent);
  }
}
