import type { GatewayAnswer, GatewayEvent } from '../protocol/gateway-events';
import { type Admission, GatewayMachine } from '../protocol/gateway-machine';
import type { GatewayDisk, GatewayState, Outcome } from '../protocol/gateway-state';
import { HaltWriter } from '../protocol/halt-writer';
import type { Permit, SignedOrder, SignedPermit } from '../protocol/messages';
import { Computer } from './computer';
import { verifier } from './keys';
import type { GatewayPort, WorldPort } from './ports';

const tickMs = 250;
const pollMs = 1_000;

type Answer = (answer: GatewayAnswer) => void;

/** The shell around the gateway's machine: a disk that loses what was not synced, timers, and the way to the venue. */
export class SimulatedGateway implements GatewayPort {
  readonly computer: Computer;
  disk: GatewayDisk;
  /** Disk writes fail while this holds. */
  diskBroken = false;
  diskMs = 5;
  private machine!: GatewayMachine;
  private haltWriter!: HaltWriter;
  private nonces = 0;
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

  get state(): GatewayState {
    return this.machine.state;
  }

  start(): void {
    this.computer.start();
    this.nonces = 0;
    this.haltedAt.clear();
    const { world, computer, disk } = this;
    const { epoch } = computer;
    const ports = {
      clocks: () => computer.now(),
      verifier,
      savePermit: (token: number, ledger: Permit['ledger'], saved: (ok: boolean) => void) =>
        this.write('permit', (before) => ({ ...before, token, ledger }), saved),
      cancelAll: () => void world.network.send('gateway-venue', () => world.venue.cancelAll(this)),
    };
    this.machine = new GatewayMachine(world.pins, `${this.name}.${epoch}`, disk, ports, world.plant.gatewayRules);
    this.haltWriter = new HaltWriter(disk.halts, (halts, saved) =>
      this.write('halt', (before) => ({ ...before, halts }), saved),
    );
    world.trace(`${this.name} starts as ${this.state.start}, token ${disk.token}, halts [${disk.halts}]`);
    this.tick(epoch);
    this.poll(epoch);
  }

  crash(): void {
    this.world.trace(`${this.name} crashes`);
    this.computer.crash();
  }

  /** A message reaches the process. @param answer called when it replies */
  receive(makeEvent: (request: string) => GatewayEvent, answer: Answer = () => {}): void {
    this.computer.run(this.computer.epoch, () => {
      this.handle(makeEvent(''), answer);
      this.haltWriter.write(this.state.halts);
    });
  }

  /** The next nonce. Unique within one start only: all that the protocol asks for. */
  nonce(): string {
    return `n${this.nonces++}`;
  }

  private handle(event: GatewayEvent, answer: Answer): unknown {
    const { machine, world } = this;
    switch (event.kind) {
      case 'challengeAsked': {
        const challenge = machine.challenge(event.nonce);
        world.witness.challenged(this, challenge);
        return answer({ kind: 'challenge', challenge });
      }
      case 'permitReceived':
        return this.judgePermit(event.signed, answer);
      case 'orderReceived':
        return this.judgeOrder(event.signed, answer);
      case 'revoked':
        return machine.revoke();
      case 'halted':
        machine.halt(event.id);
        if (!this.haltedAt.has(event.id)) this.haltedAt.set(event.id, world.schedule.now);
        return this.haltWriter.ask(event.id, () => answer({ kind: 'halted' }));
      case 'closed':
        return machine.close(event.signed);
    }
  }

  private judgePermit(signed: SignedPermit, answer: Answer): void {
    this.machine.accept(signed, (failures) => {
      if (failures.length === 0) {
        this.world.witness.permitAccepted(this, signed.permit);
        answer({ kind: 'accepted' });
      } else this.refuse('permit', failures, answer);
    });
  }

  private judgeOrder(signed: SignedOrder, answer: Answer): unknown {
    const admitted = this.machine.admit(signed);
    if ('failures' in admitted) return this.refuse('order', admitted.failures, answer);
    const entry = { ...admitted, outcome: 'open' } as const;
    const change = (disk: GatewayDisk) => ({ ...disk, orders: [...disk.orders, entry] });
    return this.write('order', change, (ok) => {
      if (ok) this.send(admitted, signed, answer);
      else {
        this.machine.drop(admitted);
        this.refuse('order', ['disk_failed'], answer);
      }
    });
  }

  /** The order is on disk. */
  private send(admission: Admission, asked: SignedOrder, answer: Answer): unknown {
    const { world } = this;
    const { order, deadline } = admission;
    const released = this.machine.release(admission);
    if ('failures' in released) {
      this.keepOutcome(order.clientOrderId, 'dead');
      return this.refuse('order', released.failures, answer);
    }
    const { start, held } = this.state;
    const { permit } = held!;
    const sent = { order, deadline, permit, asked, gateway: this, start, sentAt: world.schedule.now };
    world.trace(`${this.name} sends ${order.clientOrderId} under token ${released.token}`);
    world.witness.sent(sent);
    world.network.send('gateway-venue', () => world.venue.receive(sent));
    return answer({ kind: 'accepted' });
  }

  private refuse(what: string, failures: readonly string[], answer: Answer): void {
    for (const code of failures) this.world.witness.refused(code);
    this.world.trace(`${this.name} refuses ${what}: ${failures.join(' ')}`);
    answer({ kind: 'refused', code: failures[0]!, failures });
  }

  private tick(epoch: number): void {
    this.computer.run(epoch, () => {
      this.machine.look();
      this.haltWriter.write(this.state.halts);
      this.world.schedule.after(tickMs, () => this.tick(epoch));
    });
  }

  private poll(epoch: number): void {
    this.computer.run(epoch, () => {
      const askedAt = this.computer.now().monoMs;
      const entries = [...this.state.orders.values()].filter(({ outcome }) => outcome === 'open');
      const deadlines = new Map(entries.map(({ order, deadline }) => [order.clientOrderId, deadline]));
      this.world.venue.ask([...deadlines.keys()], deadlines, (venueMs, outcomes) =>
        this.computer.run(epoch, () => {
          this.machine.hear({ venueMs, askedAt });
          for (const { clientOrderId, outcome } of outcomes)
            if (this.machine.hear({ venueMs, askedAt }, clientOrderId, outcome))
              this.keepOutcome(clientOrderId, outcome);
        }),
      );
      this.world.schedule.after(pollMs, () => this.poll(epoch));
    });
  }

  /** Nothing waits for it: an outcome that is lost counts as open. */
  private keepOutcome(clientOrderId: string, outcome: Outcome): void {
    const orders = this.disk.orders.map((entry) =>
      entry.order.clientOrderId === clientOrderId ? { ...entry, outcome } : entry,
    );
    this.disk = { ...this.disk, orders };
  }

  /** When a halt was latched here, true time. */
  latchedAt(id: string): number | undefined {
    return this.haltedAt.get(id);
  }

  /** A write that is synced after a while: a crash before that loses it, or not. */
  private write(
    what: 'permit' | 'order' | 'halt',
    change: (disk: GatewayDisk) => GatewayDisk,
    saved: (ok: boolean) => void,
  ): void {
    const { world } = this;
    const { epoch } = this.computer;
    const tell = (ok: boolean) => this.computer.run(epoch, () => saved(ok));
    const lies = world.plant.diskLies === what;
    // A planted disk says that it has synced at once, and does so later.
    if (lies) world.schedule.after(0, () => tell(true));
    const delay = (lies ? 400 : 0) + world.random.between(1, 2 * this.diskMs);
    world.schedule.after(delay, () => {
      const crashed = !this.computer.alive || this.computer.epoch !== epoch;
      if (crashed ? lies || world.random.chance(0.5) : this.diskBroken) {
        if (!crashed && !lies) tell(false);
        return;
      }
      // What was lost in a crash must not come back over what was written since.
      if (crashed && this.computer.alive) return;
      this.disk = change(this.disk);
      if (!lies) tell(true);
    });
    if (world.random.chance(world.crashWhileWriting)) world.schedule.after(delay / 2, () => world.crashGateway());
  }
}
