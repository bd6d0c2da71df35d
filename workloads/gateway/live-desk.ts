import type { Logger } from 'pino';
import { leaseSeconds } from '../../protocol/constants';
import type { Admission } from '../../protocol/gateway-machine';
import { HaltWriter } from '../../protocol/halt-writer';
import type { Challenge, SignedClose, SignedOrder, SignedPermit } from '../../protocol/messages';
import { ServiceError } from '../service';
import type { BookKeeper } from './book-keeper';
import type { Door, DoorParts, VenueAnswer } from './door/door';
import type { HaltLatch } from './halt-latch';
import { outcomeUnknown, refuseOrder } from './live-answers';
import type { LiveDisk } from './live-disk';
import type { Order, OrderRecord } from './order';
import type { OrderStore } from './order-store';
import type { Pinned } from './pins';
import { readCancelled, readOutcome, type VenueOutcome } from './venue-outcome';

export interface LiveParts {
  readonly pinned: Pinned;
  readonly disk: LiveDisk;
  readonly latch: HaltLatch;
  readonly store: OrderStore;
  readonly book: BookKeeper;
  readonly openDoor: (parts: DoorParts) => Door;
  readonly log: Logger;
}

/**
 * The gateway's live side around the door: records, answers, and the asking of the venue. What may be sent is the
 * door's alone to say.
 */
export class LiveDesk {
  private readonly door: Door;
  private readonly haltWriter: HaltWriter;
  private held = false;
  private heldOnce = false;
  /** Whatever an earlier start left open at the venue is cancelled first. */
  private cancelWanted = true;
  private cancelling = false;
  private asking = false;
  private readonly sending = new Set<string>();
  private readonly outcomes = new Map<string, VenueOutcome>();

  /** @throws Error when what is on disk cannot be read */
  constructor(private readonly parts: LiveParts) {
    const { pinned, disk, store } = parts;
    const loaded = { ...disk.load(), orders: store.live.all() };
    this.door = parts.openDoor({
      ...pinned,
      disk: loaded,
      savePermit: (token, ledger, saved) => saved(this.writes(() => disk.writePermit(token, ledger))),
      cancelAll: () => {
        this.cancelWanted = true;
        void this.cancelAll();
      },
    });
    this.haltWriter = new HaltWriter(loaded.halts, (halts, saved) =>
      saved(this.writes(() => disk.writeHalts(halts, Date.now()))),
    );
  }

  /** Every 100 ms: the clocks, the latch file, and what could not be done before. */
  tick(): void {
    const latched = this.parts.latch.id();
    if (latched !== null && !this.halts.includes(latched)) this.halt(latched);
    this.look();
    this.haltWriter.write(this.halts);
    if (this.cancelWanted) void this.cancelAll();
  }

  /** Every second: the venue's time, and what became of orders that are open. */
  async askVenue(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const { status, venueMs } = await this.door.askTime();
      if (status !== 200 || venueMs === null) return;
      for (const clientOrderId of this.parts.store.live.open())
        if (!this.sending.has(clientOrderId)) this.hear(clientOrderId, await this.door.find(clientOrderId));
    } finally {
      this.asking = false;
    }
  }

  challenge(): Challenge {
    return this.door.challenge();
  }

  /** @throws ServiceError 422 naming every check that failed */
  acceptPermit(signed: SignedPermit): void {
    let failures: readonly string[] = ['disk_failed'];
    this.door.accept(signed, (answer) => {
      failures = answer;
    });
    this.look();
    if (failures.length === 0) return;
    this.parts.log.warn({ failures }, 'a permit was refused');
    throw new ServiceError(422, failures[0]!, `the permit was refused: ${failures.join(', ')}`, { failures });
  }

  revoke(): void {
    this.door.revoke();
    this.look();
  }

  /** Ends the permit and latches a halt by this name. @returns whether it is on disk; it holds in memory all the same */
  halt(id: string): boolean {
    let onDisk = false;
    this.door.halt(id);
    this.haltWriter.ask(id, () => {
      onDisk = true;
    });
    this.haltWriter.write(this.halts);
    return onDisk;
  }

  /** Opens the latch for what an approver has closed. @returns the ids that were closed */
  close(signed: SignedClose): readonly string[] {
    const before = this.halts;
    this.door.close(signed);
    const { halts } = this;
    this.haltWriter.write(halts);
    return before.filter((id) => !halts.includes(id));
  }

  get halts(): readonly string[] {
    return this.door.view().halts;
  }

  /** The permit as `/health` shows it, and the newest ledger head that this gateway has seen. */
  view() {
    const { monoMs } = this.look();
    const { held, ledger, token } = this.door.view();
    if (!held) return { permit: { state: this.heldOnce ? 'expired' : 'none', token }, ledger } as const;
    const { posture, use } = held.permit;
    const secondsLeft = held.permit.leaseSeconds - (monoMs - held.from.monoMs) / 1000;
    return {
      permit: { state: 'held', posture, use, token, secondsLeft: Math.max(0, Math.min(leaseSeconds, secondsLeft)) },
      ledger,
    } as const;
  }

  /**
   * Sends a live order, if the permit held allows it, and waits for what becomes of it. Records it, whatever that is.
   * @param signed null for an order that came without a signature: it is refused with a permit and without
   * @param body the request as it came, for the record of a refusal
   * @throws ServiceError 422, 423 by the name of the check that failed; 503 while the outcome is not known
   */
  async place(order: Order, signed: SignedOrder | null, body: string): Promise<OrderRecord> {
    const { clientOrderId } = order;
    const { store } = this.parts;
    // What is not signed fails the same checks.
    const admitted = this.door.admit(signed ?? ({ order, signature: '' } as unknown as SignedOrder));
    if ('failures' in admitted) {
      const error = refuseOrder(admitted.failures, this.heldOnce);
      store.addRefusal(order, error, body, Date.now());
      throw error;
    }
    await this.send(admitted, order.agent ?? null);
    const record = store.find(clientOrderId);
    if (record?.status === 'filled') return record;
    const outcome = this.outcomes.get(clientOrderId);
    if (outcome?.kind === 'dead') throw new ServiceError(422, outcome.code, outcome.message);
    throw outcomeUnknown(outcome?.kind === 'unknown' ? outcome.reason : 'it is being looked up');
  }

  /** Puts an admitted order on disk and sends it. @throws ServiceError when it was not sent */
  private async send(admission: Admission, agent: string | null): Promise<void> {
    const { clientOrderId } = admission.order;
    const { live } = this.parts.store;
    if (!this.writes(() => live.admit(admission, { agent, now: Date.now() }))) {
      this.door.drop(admission);
      this.record(clientOrderId);
      throw refuseOrder(['disk_failed'], this.heldOnce);
    }
    this.sending.add(clientOrderId);
    try {
      const answer = await this.door.send(admission);
      if (!('failures' in answer)) return this.hear(clientOrderId, answer);
      this.record(clientOrderId);
      throw refuseOrder(answer.failures, this.heldOnce);
    } finally {
      this.sending.delete(clientOrderId);
    }
  }

  /** Keeps what the venue said of an order. Nothing waits for the record: one that is lost is asked for again. */
  private hear(clientOrderId: string, answer: VenueAnswer): void {
    const outcome = readOutcome(answer);
    this.outcomes.set(clientOrderId, outcome);
    if (outcome.kind === 'unknown') this.parts.log.warn({ clientOrderId, reason: outcome.reason }, 'outcome unknown');
    else {
      this.record(clientOrderId);
      setTimeout(() => this.outcomes.delete(clientOrderId), 10_000).unref();
    }
  }

  private record(clientOrderId: string): void {
    const { store, book, log } = this.parts;
    const { order, outcome } = this.door.entryOf(clientOrderId)!;
    const full = { ...order, mode: 'live', agent: store.live.agentOf(clientOrderId) } as const;
    const known = this.outcomes.get(clientOrderId);
    try {
      if (outcome === 'executed' && known?.kind === 'executed') {
        const { price, qty, qtyUsd, feeUsd } = known.fill;
        const fill = { symbol: order.symbol, side: order.side, qty, priceUsd: qtyUsd / qty, feeUsd };
        store.settleLive(full, { fill, price }, Date.now());
        book.apply(fill);
      } else if (outcome === 'dead') {
        store.settleLive(full, known?.kind === 'dead' ? known : neverSent, Date.now());
      }
    } catch (error) {
      log.error({ err: error, clientOrderId, outcome }, 'what became of a live order could not be recorded');
    }
  }

  /** Looks at the clocks, and at whether a permit is held. */
  private look() {
    const now = this.door.look();
    const held = this.door.view().held !== null;
    if (this.held && !held) this.parts.log.warn('the permit has ended');
    this.held = held;
    this.heldOnce ||= held;
    return now;
  }

  private writes(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.parts.log.error({ err: error }, 'the gateway cannot write to its disk');
      return false;
    }
  }

  private async cancelAll(): Promise<void> {
    if (this.cancelling) return;
    this.cancelling = true;
    try {
      this.cancelWanted = false;
      const cancelled = readCancelled(await this.door.cancelAll());
      if (cancelled === null) this.cancelWanted = true;
      else if (cancelled.length > 0) this.parts.log.warn({ cancelled }, 'open orders were cancelled');
    } finally {
      this.cancelling = false;
    }
  }
}

const neverSent = { code: 'permit_expired', message: 'the permit ended before the order was sent' };
