import type { GatewayAnswer, GatewayEffect, GatewayEvent } from '../protocol/gateway-events';
import { stepGateway } from '../protocol/gateway-machine';
import { type GatewayDisk, type GatewayState, startGateway } from '../protocol/gateway-state';
import type { Permit, SignedOrder } from '../protocol/messages';
import { Computer } from './computer';
import { verifier } from './keys';
import type { GatewayPort, WorldPort } from './ports';

const tickMs = 250;
const pollMs = 1_000;

/** The shell around the gateway's machine: a disk that loses what was not synced, timers, and the way to the venue. */
export class SimulatedGateway implements GatewayPort {
  readonly computer: Computer;
  disk: GatewayDisk;
  state!: GatewayState;
  /** Disk writes fail while this holds. */
  diskBroken = false;
  diskMs = 5;
  private nonces = 0;
  private readonly requests = new Map<string, (answer: GatewayAnswer) => void>();
  private requestCount = 0;
  private readonly asked = new Map<string, SignedOrder>();
  private readonly deadlines = new Map<string, number>();
  private readonly haltedAt = new Map<string, number>();

  constructor(
    private readonly world: WorldPort,
    readonly name: string,
    disk: GatewayDisk,
  ) {
    this.computer = new Computer(world.schedule, world.random);
    this.disk = disk;
    this.start();
  }

  get running(): boolean {
    return this.computer.alive;
  }

  start(): void {
    this.computer.start();
    this.requests.clear();
    this.nonces = 0;
    this.haltedAt.clear();
    const { world, computer, disk } = this;
    this.state = startGateway(world.pins, `${this.name}.${computer.epoch}`, disk, computer.now());
    world.trace(`${this.name} starts as ${this.state.start}, token ${disk.token}, halts [${disk.halts}]`);
    this.tick(computer.epoch);
    this.poll(computer.epoch);
  }

  crash(): void {
    this.world.trace(`${this.name} crashes`);
    this.computer.crash();
  }

  /** A message reaches the process. @param answer called when it replies */
  receive(makeEvent: (request: string) => GatewayEvent, answer: (answer: GatewayAnswer) => void = () => {}): void {
    this.computer.run(this.computer.epoch, () => {
      const request = `r${this.requestCount++}`;
      this.requests.set(request, answer);
      this.step(makeEvent(request));
    });
  }

  /** The next nonce. Unique within one start only: all that the protocol asks for. */
  nonce(): string {
    return `n${this.nonces++}`;
  }

  private tick(epoch: number): void {
    this.computer.run(epoch, () => {
      this.step({ kind: 'tick' });
      this.world.schedule.after(tickMs, () => this.tick(epoch));
    });
  }

  private poll(epoch: number): void {
    this.computer.run(epoch, () => {
      const askedAt = this.computer.now().monoMs;
      const open = [...this.state.orders.values()]
        .filter(({ outcome }) => outcome === 'open')
        .map(({ order }) => order.clientOrderId);
      this.world.venue.ask(open, this.deadlines, (venueMs, outcomes) => {
        this.hear(epoch, { kind: 'venueAnswered', venueMs, askedAt });
        for (const order of outcomes) this.hear(epoch, { kind: 'venueAnswered', venueMs, askedAt, order });
      });
      this.world.schedule.after(pollMs, () => this.poll(epoch));
    });
  }

  private hear(epoch: number, event: GatewayEvent): void {
    this.computer.run(epoch, () => this.step(event));
  }

  private step(event: GatewayEvent): void {
    const { world } = this;
    const before = this.state;
    const now = this.computer.now();
    const { state, effects } = stepGateway(before, event, now, verifier, world.plant.gatewayRules);
    this.state = state;
    if (event.kind === 'orderReceived' && state.orders.size > before.orders.size)
      this.asked.set(event.signed.order.clientOrderId, event.signed);
    if (event.kind === 'halted' && !this.haltedAt.has(event.id)) this.haltedAt.set(event.id, world.schedule.now);
    if (event.kind === 'written' && before.accepting?.write === event.write && state.held)
      world.witness.permitAccepted(this, state.held.permit);
    for (const effect of effects) this.carryOut(effect, event);
  }

  private carryOut(effect: GatewayEffect, cause: GatewayEvent): unknown {
    const { world } = this;
    switch (effect.kind) {
      case 'persistPermit':
        return this.write(effect.write, 'permit', (disk) => ({ ...disk, token: effect.token, ledger: effect.ledger }));
      case 'persistHalts':
        return this.write(effect.write, 'halt', (disk) => ({ ...disk, halts: effect.halts }));
      case 'persistOrder':
        return this.write(effect.write, 'order', (disk) => ({
          ...disk,
          orders: [...disk.orders, { order: effect.order, outcome: 'open' }],
        }));
      case 'persistOutcome':
        this.disk = {
          ...this.disk,
          orders: this.disk.orders.map((entry) =>
            entry.order.clientOrderId === effect.clientOrderId ? { ...entry, outcome: effect.outcome } : entry,
          ),
        };
        return;
      case 'sendToVenue': {
        const { clientOrderId } = effect.order;
        this.deadlines.set(clientOrderId, effect.deadline);
        const sent = {
          order: effect.order,
          deadline: effect.deadline,
          permit: this.state.held!.permit as Permit,
          asked: this.asked.get(clientOrderId)!,
          gateway: this,
          start: this.state.start,
          sentAt: world.schedule.now,
        };
        world.trace(`${this.name} sends ${clientOrderId} under token ${effect.token}`);
        world.witness.sent(sent);
        return world.network.send('gateway-venue', () => world.venue.receive(sent));
      }
      case 'cancelAll':
        return world.network.send('gateway-venue', () => world.venue.cancelAll(this));
      case 'reply': {
        const { answer, request } = effect;
        if (answer.kind === 'refused') for (const code of answer.failures) world.witness.refused(code);
        if (answer.kind === 'refused') world.trace(`${this.name} refuses ${cause.kind}: ${answer.failures.join(' ')}`);
        if (answer.kind === 'challenge') world.witness.challenged(this, answer.challenge);
        this.requests.get(request)?.(answer);
        this.requests.delete(request);
        return;
      }
    }
  }

  /** When a halt was latched here, true time. */
  latchedAt(id: string): number | undefined {
    return this.haltedAt.get(id);
  }

  /** A write that is synced after a while: a crash before that loses it, or not. */
  private write(write: number, what: 'permit' | 'order' | 'halt', change: (disk: GatewayDisk) => GatewayDisk): void {
    const { world } = this;
    const { epoch } = this.computer;
    const lies = world.plant.diskLies === what;
    // A planted disk says that it has synced at once, and does so later.
    if (lies) world.schedule.after(0, () => this.hear(epoch, { kind: 'written', write }));
    const delay = (lies ? 400 : 0) + world.random.between(1, 2 * this.diskMs);
    world.schedule.after(delay, () => {
      const crashed = !this.computer.alive || this.computer.epoch !== epoch;
      if (crashed ? lies || world.random.chance(0.5) : this.diskBroken) {
        if (!crashed && !lies) this.hear(epoch, { kind: 'writeFailed', write });
        return;
      }
      // What was lost in a crash must not come back over what was written since.
      if (crashed && this.computer.alive) return;
      this.disk = change(this.disk);
      if (!lies) this.hear(epoch, { kind: 'written', write });
    });
    if (world.random.chance(world.crashWhileWriting)) world.schedule.after(delay / 2, () => world.crashGateway());
  }
}
