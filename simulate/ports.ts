import type { Grounds } from '../ledger/grounds';
import type { Decision } from '../posture/decide';
import type { Posture } from '../posture/posture';
import type { GatewayAnswer, GatewayEvent } from '../protocol/gateway-events';
import type { GatewayDisk, GatewayState, Outcome } from '../protocol/gateway-state';
import type { Challenge, Order, Permit, Pins, SignedOrder, SignedPermit } from '../protocol/messages';
import type { Computer } from './computer';
import type { Network } from './network';
import type { Plant } from './plants';
import type { Proofs } from './proofs';
import type { Random } from './random';
import type { Schedule } from './schedule';
import type { RecordedEntry, SimulatedLedger } from './simulated-ledger';
import type { DeployedSystem, SystemHistory } from './system';
import type { WitnessedDecision } from './witnessed-decision';

// What the parts of a history know of each other.

/** An order on its way, with what the witness needs to judge it. */
export interface SentOrder {
  readonly order: Order;
  /** In the venue's time, milliseconds. */
  readonly deadline: number;
  readonly permit: Permit;
  readonly asked: SignedOrder;
  readonly gateway: GatewayPort;
  readonly start: string;
  /** True time, milliseconds. */
  readonly sentAt: number;
}

export interface GatewayPort {
  readonly computer: Computer;
  readonly name: string;
  readonly running: boolean;
  readonly state: GatewayState;
  readonly disk: GatewayDisk;
  nonce(): string;
  latchedAt(id: string): number | undefined;
  receive(makeEvent: (request: string) => GatewayEvent, answer?: (answer: GatewayAnswer) => void): void;
}

export interface VenuePort {
  now(): number;
  receive(sent: SentOrder): void;
  cancelAll(gateway: GatewayPort): void;
  ask(
    ids: readonly string[],
    deadlines: ReadonlyMap<string, number>,
    answer: (venueMs: number, outcomes: { clientOrderId: string; outcome: Outcome }[]) => void,
  ): void;
}

export interface WitnessPort {
  refused(code: string): void;
  notIssued(code: string): void;
  challenged(gateway: GatewayPort, challenge: Challenge): void;
  permitIssued(permit: Permit, seenAt: number): void;
  permitAccepted(gateway: GatewayPort, permit: Permit): void;
  granted(recorded: RecordedEntry): void;
  decided(decision: WitnessedDecision, reasons: readonly string[]): void;
  sent(sent: SentOrder): void;
  executed(sent: SentOrder): void;
  haltHeard(id: string): void;
  haltLatched(id: string, gateway: GatewayPort): void;
  haltRecorded(id: string): void;
  guardianCrashed(): void;
}

export interface AttackerPort {
  overhear(challenge: Challenge): void;
  keep(permit: SignedPermit): void;
  keepOrder(order: SignedOrder): void;
}

export interface WorldPort {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly network: Network;
  readonly ledger: SimulatedLedger;
  readonly history: SystemHistory;
  readonly pins: Pins;
  readonly plant: Plant;
  readonly venue: VenuePort;
  readonly witness: WitnessPort;
  readonly attacker: AttackerPort;
  readonly gateway: GatewayPort;
  readonly guardians: readonly { readonly computer: Computer }[];
  readonly system: DeployedSystem;
  readonly knownGatewayStart: string;
  readonly guardianClocksDiffer: boolean;
  readonly crashWhileWriting: number;
  readonly ledgerFails: number;
  readonly ledgerMs: number;
  readonly abortMs: number;
  renewedAt: number | null;
  trace(line: string): void;
  toGateway(deliver: (gateway: GatewayPort) => void): void;
  sendOrder(signed: SignedOrder, answered?: () => void): void;
  crashGateway(): void;
  readonly proofs: Proofs;
  readonly sleptMs: number;
  /** What production's decision is made from, read at a wall time. */
  readGrounds(now: number): Grounds;
  /** Has a decision judged by the witness. */
  decided(
    by: string,
    grounds: Grounds,
    to: Posture,
    decision: Pick<Decision, 'verdict' | 'reasons' | 'consumes' | 'return' | 'againstReturn'>,
  ): void;
}
