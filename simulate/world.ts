import { type Grounds, makeGrounds } from '../ledger/grounds';
import type { Decision } from '../posture/decide';
import type { Posture } from '../posture/posture';
import type { GatewayDisk } from '../protocol/gateway-state';
import { bytesOf, type Pins, type SignedOrder } from '../protocol/messages';
import { Attacker } from './attacker';
import { signClose, trustRoot } from './keys';
import { Network } from './network';
import { Operator } from './operator';
import type { Plant } from './plants';
import type { GatewayPort, WorldPort } from './ports';
import { nameOf, paper } from './postures';
import { Proofs } from './proofs';
import { Random } from './random';
import { Schedule } from './schedule';
import { SimulatedGateway } from './simulated-gateway';
import { SimulatedGuardian } from './simulated-guardian';
import { SimulatedLedger } from './simulated-ledger';
import { SimulatedVenue } from './simulated-venue';
import { type DeployedSystem, SystemHistory } from './system';
import { Trader } from './trader';
import { Witness } from './witness';

/** Copies that somebody made of the two folders, for restoring one of them later. */
interface Copies {
  readonly at: number;
  readonly ledger: string;
  readonly disk: GatewayDisk;
}

/** One history: processes, clocks, network, ledger and venue, all from one seed. */
export class World implements WorldPort {
  readonly schedule = new Schedule();
  readonly random: Random;
  readonly network: Network;
  readonly ledger: SimulatedLedger;
  readonly pins: Pins;
  readonly venue: SimulatedVenue;
  readonly history: SystemHistory;
  readonly witness: Witness;
  readonly attacker: Attacker;
  readonly guardians: SimulatedGuardian[];
  gateway: SimulatedGateway;
  /** A second gateway, started from a copy of the first one's folder. */
  secondGateway: SimulatedGateway | null = null;
  renewedAt: number | null = null;
  crashWhileWriting = 0;
  /** A wall clock that was stepped, or that of another guardian, cannot tell how long ago the last renewal was. */
  guardianClocksDiffer = false;
  ledgerFails = 0;
  ledgerMs = 30;
  abortMs = 2_000;
  private readonly traders: Trader[] = [];
  readonly proofs = new Proofs();
  readonly operator: Operator;
  /** Whether the trust root is gone, from where decisions read it. */
  withoutTrustRoot = false;
  private names = 0;
  /** How long all computers were off, milliseconds. */
  sleptMs = 0;
  private restored = false;
  private readonly copies: Copies[] = [];

  constructor(
    seed: number,
    readonly plant: Plant,
    private readonly log: ((line: string) => void) | null,
  ) {
    this.random = new Random(seed);
    this.network = new Network(this.schedule, this.random);
    this.ledger = new SimulatedLedger(plant.ledgerRules);
    const { account, stack, genesis } = trustRoot;
    this.pins = { account, stack, genesis };
    this.history = new SystemHistory(this.schedule);
    this.witness = new Witness(this);
    this.attacker = new Attacker(this);
    this.operator = new Operator(this);
    this.venue = new SimulatedVenue(this);
    this.deploy(paper);
    this.gateway = new SimulatedGateway(this, 'gateway', { token: 0, ledger: this.ledger.at, halts: [], orders: [] });
    this.guardians = [new SimulatedGuardian(this, 'guardian')];
    this.copy();
  }

  get system(): DeployedSystem {
    return this.history.current;
  }

  /** The gateway's start as a trader last learned it. */
  get knownGatewayStart(): string {
    return this.gateway.state.start;
  }

  trace(line: string): void {
    this.log?.(`${(this.schedule.now / 1000).toFixed(3).padStart(9)} ${line}`);
  }

  toGateway(deliver: (gateway: GatewayPort) => void): void {
    this.network.send('guardian-gateway', () => deliver(this.gateway));
    const { secondGateway } = this;
    if (secondGateway) this.network.send('guardian-gateway', () => deliver(secondGateway));
  }

  sendOrder(signed: SignedOrder, answered: () => void = () => {}): void {
    for (const gateway of [this.gateway, this.secondGateway]) {
      if (!gateway) continue;
      const settle = () => this.network.send('trader-gateway', answered);
      this.network.send('trader-gateway', () =>
        gateway.receive((request) => ({ kind: 'orderReceived', request, signed }), settle),
      );
    }
  }

  /** Puts a system in place of the one that runs: new traders, with keys of their own. */
  deploy(declared: Posture): void {
    for (const trader of this.traders.splice(0)) trader.stop();
    const { maxDrawdown: _, ...limits } = declared.risk;
    const { tradingMode: mode, symbols } = declared;
    const posture = nameOf(declared);
    this.history.set({ mode, posture, declared, limits: { ...limits, symbols }, traders: [], tripped: [] });
    this.trace(`deployed: ${mode} ${posture.slice(-4)}`);
    this.addTrader();
  }

  addTrader(): void {
    const instance = { key: `trader${this.names++}`, startedAt: this.schedule.now };
    this.history.set({ ...this.system, traders: [...this.system.traders, instance] });
    this.traders.push(new Trader(this, instance, this.system));
  }

  trip(rule: string): void {
    this.trace(`rule ${rule} trips`);
    this.history.set({ ...this.system, tripped: [rule] });
  }

  readGrounds(now: number): Grounds {
    if (this.withoutTrustRoot) {
      const ledger = { readable: false, reason: 'without a trust root' } as const;
      return { from: null, evidence: [], rejected: [], ledger, trustRoot: null, now };
    }
    const { ledger, proofs, renewedAt } = this;
    const sources = { trustRoot, readChain: () => ledger.open(), lastRenewal: renewedAt, ...proofs.read() };
    return this.plant.readAs(makeGrounds(sources, now), ledger.entries);
  }

  decided(
    by: string,
    grounds: Grounds,
    to: Posture,
    decision: Pick<Decision, 'verdict' | 'reasons' | 'consumes' | 'return' | 'againstReturn'>,
  ): void {
    const { verdict, reasons, consumes } = decision;
    const allowed = verdict === 'allow';
    const codes = reasons.map(({ code, proof }) => (proof ? `${proof}:${code}` : code));
    this.trace(
      `${by} decides on ${nameOf(to).slice(-4)}: ${allowed ? (decision.return ? 'return' : 'allow') : codes.join(' ')}`,
    );
    const { garbage } = this.proofs;
    const state = garbage ? 'evidence garbage' : 'readable';
    this.witness.decided(
      {
        by,
        from: grounds.from,
        to,
        allowed,
        evidence: consumes,
        isReturn: allowed && decision.return !== null,
        trueMs: this.schedule.now,
        wallMs: grounds.now,
        clocksAgree: !this.guardianClocksDiffer,
        mayHaveLapsed: this.guardianClocksDiffer || this.sleptMs > 0,
        grounds: grounds.trustRoot === null ? 'no trust root' : grounds.ledger.readable ? state : 'no ledger',
        entries: this.ledger.entries,
      },
      [...reasons, ...decision.againstReturn].map(({ code }) => code),
    );
  }

  /** An operator halts, at the gateway and the guardian at once, and again each second until one has answered. */
  halt(id = `halt${this.names++}`): void {
    let answered = false;
    const halt = this.witness.haltWanted(id);
    const again = () => {
      if (answered) return;
      this.network.send('operator-gateway', () =>
        this.gateway.receive(
          (request) => ({ kind: 'halted', request, id }),
          () => {
            answered = true;
            this.witness.haltLatched(halt.id, this.gateway);
          },
        ),
      );
      this.network.send('operator-guardian', () =>
        this.guardians[0]!.halt(id, () => {
          answered = true;
        }),
      );
      this.schedule.after(1_000, again);
    };
    again();
  }

  /** An approver closes every halt that is open, and the cause is gone. */
  close(): void {
    const { account, stack, genesis } = this.pins;
    const view = this.ledger.view();
    if (!view.readable) return;
    const open = this.ledger.open().openHalts;
    const halts = open.flatMap(({ body }) => body.id ?? []);
    if (halts.length === 0) return;
    const release = signClose(bytesOf('close', { account, stack, genesis, halts }));
    const closes = open.map(({ hash }) => hash);
    const body = { closes, cause: 'found', timeline: [], actionItems: [], release };
    const now = this.guardians[0]!.computer.now().wallMs;
    this.ledger.append({ kind: 'incident', body }, { expected: view.at, now, torn: 1 });
    this.trace(`an approver closes [${halts}]`);
    for (const id of halts) this.witness.haltWanted(id).closedAt ??= this.schedule.now;
    this.history.set({ ...this.system, tripped: [] });
  }

  crashGateway(downMs = this.random.between(200, 4_000)): void {
    const { gateway } = this;
    if (!gateway.running) return;
    gateway.crash();
    this.schedule.at(Math.max(this.schedule.now + downMs, gateway.computer.stoppedUntil), () => {
      if (!gateway.running) gateway.start();
    });
  }

  crashGuardian(guardian: SimulatedGuardian, downMs = this.random.between(200, 6_000)): void {
    if (!guardian.computer.alive) return;
    guardian.crash();
    this.schedule.at(Math.max(this.schedule.now + downMs, guardian.computer.stoppedUntil), () => {
      if (!guardian.computer.alive) guardian.start();
    });
  }

  private copy(): void {
    this.copies.push({ at: this.schedule.now, ledger: this.ledger.copy(), disk: this.gateway.disk });
    this.schedule.after(8_000, () => this.copy());
  }

  /** Puts an older copy of the ledger in place. One of the two folders is restored, once, never both. */
  restoreLedger(): void {
    if (this.restored) return;
    this.restored = true;
    const { at, ledger } = this.random.pick(this.copies);
    this.trace(`the ledger is restored from ${at}`);
    this.witness.ledgerRestored(at);
    this.ledger.restore(ledger);
  }

  /** Stops the gateway, puts an older copy of its disk in place and starts it again. */
  restoreGateway(): void {
    const { gateway } = this;
    if (this.restored || !gateway.running) return;
    this.restored = true;
    const { at, disk } = this.random.pick(this.copies);
    this.trace(`the gateway's disk is restored from ${at}`);
    this.crashGateway();
    this.witness.gatewayRestored(at);
    // What it was writing is lost with the disk; the venue's record of its orders is read by an operator.
    this.schedule.after(150, () => {
      gateway.disk = { ...disk, orders: gateway.disk.orders };
    });
  }

  addGuardian(): void {
    this.guardianClocksDiffer = true;
    const [first, second] = this.guardians;
    if (!first || second) return;
    const other = new SimulatedGuardian(this, 'guardian2');
    this.guardians.push(other);
    // Two that can both decide: their wall clocks were set by the same time server.
    const apart = first.computer.now().wallMs - other.computer.now().wallMs;
    other.computer.stepWall(apart + this.random.between(-5_000, 5_000));
  }

  addGateway(): void {
    this.secondGateway ??= new SimulatedGateway(this, 'gateway2', this.gateway.disk);
  }

  /** Every computer is off for a while, then starts again. */
  sleep(ms: number): void {
    if (this.sleptMs > 0 || !this.gateway.running || this.guardians.some(({ computer }) => !computer.alive)) return;
    this.sleptMs = ms;
    for (const trader of this.traders.splice(0)) trader.stop();
    this.crashGateway(ms);
    for (const guardian of this.guardians) this.crashGuardian(guardian, ms + 500);
    const { system } = this;
    this.schedule.after(ms, () => this.deploy(system.declared));
  }
}
