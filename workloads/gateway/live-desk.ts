import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { leaseSeconds } from '../../protocol/constants';
import type { GatewayAnswer, GatewayEffect, GatewayEvent } from '../../protocol/gateway-events';
import { stepGateway } from '../../protocol/gateway-machine';
import { type GatewayState, startGateway } from '../../protocol/gateway-state';
import type { Challenge, Moment, SignedClose, SignedOrder, SignedPermit } from '../../protocol/messages';
import { ServiceError } from '../service';
import type { BookKeeper } from './book-keeper';
import type { HaltLatch } from './halt-latch';
import { outcomeUnknown, refuseOrder } from './live-answers';
import type { LiveDisk } from './live-disk';
import type { Order, OrderRecord } from './order';
import type { OrderStore } from './order-store';
import type { Pinned } from './pins';
import type { VenueAnswer, VenueOrders, VenueOutcome } from './venue-orders';

export interface LiveParts {
  readonly pinned: Pinned;
  readonly disk: LiveDisk;
  readonly latch: HaltLatch;
  readonly store: OrderStore;
  readonly book: BookKeeper;
  readonly venue: VenueOrders;
  readonly log: Logger;
}

const clocks = (): Moment => ({ wallMs: Date.now(), monoMs: performance.now() });

/**
 * The gateway's live side: what comes in is an event for the protocol's state machine, and what that says is done, in
 * its order. Writes are synced when they return, so nothing happens between a step and its effects.
 */
export class LiveDesk {
  private state: GatewayState;
  private heldOnce = false;
  /** Whatever an earlier start left open at the venue is cancelled first. */
  private cancelWanted = true;
  private cancelling = false;
  private asking = false;
  private asked: { readonly request: string; answer?: GatewayAnswer } = { request: '' };
  private requests = 0;
  /** Writes that failed; said at the next tick, so that a broken disk is not tried in a circle. */
  private readonly failedWrites: number[] = [];
  private readonly agents = new Map<string, string>();
  private readonly sent = new Map<string, Promise<VenueAnswer>>();
  private readonly outcomes = new Map<string, VenueOutcome>();

  /** @param start names this start of the gateway @throws Error when what is on disk cannot be read */
  constructor(
    start: string,
    private readonly parts: LiveParts,
  ) {
    const { pinned, disk, store } = parts;
    this.state = startGateway(pinned.pins, start, { ...disk.load(), orders: store.live.all() }, clocks());
  }

  /** Every 100 ms: the clocks, the latch file, and what could not be done before. */
  tick(): void {
    for (const write of this.failedWrites.splice(0)) this.step({ kind: 'writeFailed', write });
    const latched = this.parts.latch.id();
    if (latched !== null && !this.state.halts.includes(latched)) this.halt(latched);
    this.step({ kind: 'tick' });
    if (this.cancelWanted) void this.cancelAll();
  }

  /** Every second: the venue's time, and what became of orders that are open. */
  async askVenue(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const askedAt = clocks().monoMs;
      const venueMs = await this.parts.venue.time();
      if (venueMs === null) return;
      this.step({ kind: 'venueAnswered', venueMs, askedAt });
      for (const { clientOrderId, deadline } of this.parts.store.live.open()) {
        if (this.sent.has(clientOrderId)) continue;
        const answer = await this.parts.venue.find(clientOrderId);
        const { outcome } = answer;
        const settled = this.state.orders.get(clientOrderId)?.outcome !== 'open';
        // The venue executes nothing after its deadline, so what it does not know by then never came.
        const never = outcome.kind === 'unknown' && outcome.neverCame && answer.venueMs !== null;
        if (never && answer.venueMs > (deadline ?? 0))
          this.hear(clientOrderId, askedAt, { ...answer, outcome: neverArrived });
        else this.hear(clientOrderId, askedAt, answer);
        // Its outcome was heard before, and could not be written then.
        if (settled) this.record(clientOrderId);
      }
    } finally {
      this.asking = false;
    }
  }

  challenge(): Challenge {
    const answer = this.ask((request) => ({ kind: 'challengeAsked', request, nonce: randomUUID() }));
    if (answer?.kind !== 'challenge') throw new Error('the state machine did not answer a challenge');
    return answer.challenge;
  }

  /** @throws ServiceError 422 naming every check that failed */
  acceptPermit(signed: SignedPermit): void {
    const answer = this.ask((request) => ({ kind: 'permitReceived', request, signed }));
    if (answer?.kind === 'accepted') return;
    const failures = answer?.kind === 'refused' ? answer.failures : ['disk_failed'];
    this.parts.log.warn({ failures }, 'a permit was refused');
    throw new ServiceError(422, failures[0]!, `the permit was refused: ${failures.join(', ')}`, { failures });
  }

  revoke(): void {
    this.step({ kind: 'revoked' });
  }

  /** Ends the permit and latches a halt by this name. @returns whether it is on disk; it holds in memory all the same */
  halt(id: string): boolean {
    return this.ask((request) => ({ kind: 'halted', request, id }))?.kind === 'halted';
  }

  /** Opens the latch for what an approver has closed. @returns the ids that were closed */
  close(signed: SignedClose): readonly string[] {
    const before = this.state.halts;
    this.step({ kind: 'closed', signed });
    return before.filter((id) => !this.state.halts.includes(id));
  }

  get halts(): readonly string[] {
    return this.state.halts;
  }

  /** The permit as `/health` shows it, and the newest ledger head that this gateway has seen. */
  view() {
    this.step({ kind: 'tick' });
    const { held, ledger, token } = this.state;
    if (!held) return { permit: { state: this.heldOnce ? 'expired' : 'none', token }, ledger } as const;
    const { posture, use } = held.permit;
    const secondsLeft = held.permit.leaseSeconds - (clocks().monoMs - held.from.monoMs) / 1000;
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
    const { clientOrderId, agent } = order;
    const { store } = this.parts;
    if (agent !== undefined) this.agents.set(clientOrderId, agent);
    // What is not signed fails the same checks.
    const judged = signed ?? ({ order, signature: '' } as unknown as SignedOrder);
    const answer = this.ask((request) => ({ kind: 'orderReceived', request, signed: judged }));
    this.agents.delete(clientOrderId);
    if (answer?.kind !== 'accepted') {
      const failures = answer?.kind === 'refused' ? answer.failures : ['disk_failed'];
      const error = refuseOrder(failures, this.heldOnce);
      // One that was admitted and not sent is recorded by its outcome.
      if (!this.state.orders.has(clientOrderId) || failures.includes('order_replayed'))
        store.addRefusal(order, error, body, Date.now());
      throw error;
    }
    await this.sent.get(clientOrderId);
    const record = store.find(clientOrderId);
    if (record?.status === 'filled') return record;
    const outcome = this.outcomes.get(clientOrderId);
    if (outcome?.kind === 'dead') throw new ServiceError(422, outcome.code, outcome.message);
    throw outcomeUnknown(outcome?.kind === 'unknown' ? outcome.reason : 'it is being looked up');
  }

  private ask(makeEvent: (request: string) => GatewayEvent): GatewayAnswer | undefined {
    this.requests += 1;
    const request = `request-${this.requests}`;
    this.asked = { request };
    this.step(makeEvent(request));
    return this.asked.answer;
  }

  private step(first: GatewayEvent): void {
    const events = [first];
    for (let event = events.shift(); event; event = events.shift()) {
      const { state, effects } = stepGateway(this.state, event, clocks(), this.parts.pinned.verifier);
      if (this.state.held && !state.held) this.parts.log.warn({ cause: event.kind }, 'the permit has ended');
      this.state = state;
      this.heldOnce ||= state.held !== null;
      for (const effect of effects) events.push(...this.perform(effect));
    }
  }

  /** @returns what the disk says of a write */
  private perform(effect: GatewayEffect): GatewayEvent[] {
    const { disk, store } = this.parts;
    switch (effect.kind) {
      case 'persistPermit':
        return this.write(effect.write, () => disk.writePermit(effect.token, effect.ledger));
      case 'persistHalts':
        return this.write(effect.write, () => disk.writeHalts(effect.halts, Date.now()));
      case 'persistOrder': {
        const agent = this.agents.get(effect.order.clientOrderId) ?? null;
        const deadline = this.state.waiting.get(effect.write)?.deadline ?? null;
        return this.write(effect.write, () => store.live.admit(effect.order, { agent, deadline, now: Date.now() }));
      }
      case 'persistOutcome':
        this.record(effect.clientOrderId);
        return [];
      case 'reply':
        if (effect.request === this.asked.request) this.asked.answer = effect.answer;
        return [];
      case 'sendToVenue': {
        const { order, deadline, token } = effect;
        const askedAt = clocks().monoMs;
        const answered = this.parts.venue.place(order, deadline, token).then((answer) => {
          this.sent.delete(order.clientOrderId);
          this.hear(order.clientOrderId, askedAt, answer);
          return answer;
        });
        this.sent.set(order.clientOrderId, answered);
        return [];
      }
      case 'cancelAll':
        this.cancelWanted = true;
        void this.cancelAll();
        return [];
    }
  }

  private write(write: number, work: () => void): GatewayEvent[] {
    try {
      work();
      return [{ kind: 'written', write }];
    } catch (error) {
      this.parts.log.error({ err: error }, 'the gateway cannot write to its disk');
      this.failedWrites.push(write);
      return [];
    }
  }

  private hear(clientOrderId: string, askedAt: number, { venueMs, outcome }: VenueAnswer): void {
    this.outcomes.set(clientOrderId, outcome);
    if (outcome.kind === 'unknown') this.parts.log.warn({ clientOrderId, reason: outcome.reason }, 'outcome unknown');
    // An answer without a time says what became of the order, and nothing of the venue's clock: the last is kept.
    const time = venueMs ?? this.state.venue?.venueMs;
    if (time === undefined || (venueMs === null && outcome.kind === 'unknown')) return;
    const known = outcome.kind === 'unknown' ? 'open' : outcome.kind;
    this.step({ kind: 'venueAnswered', venueMs: time, askedAt, order: { clientOrderId, outcome: known } });
    if (outcome.kind !== 'unknown') setTimeout(() => this.outcomes.delete(clientOrderId), 10_000).unref();
  }

  /** Records an outcome. Nothing waits for it: one that is lost is asked for again. */
  private record(clientOrderId: string): void {
    const { store, book, log } = this.parts;
    const { order, outcome } = this.state.orders.get(clientOrderId)!;
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

  private async cancelAll(): Promise<void> {
    if (this.cancelling) return;
    this.cancelling = true;
    try {
      this.cancelWanted = false;
      const cancelled = await this.parts.venue.cancelAll();
      if (cancelled === null) this.cancelWanted = true;
      else if (cancelled.length > 0) this.parts.log.warn({ cancelled }, 'open orders were cancelled');
    } finally {
      this.cancelling = false;
    }
  }
}

const neverSent = { code: 'permit_expired', message: 'the permit ended before the order was sent' };
const neverArrived: VenueOutcome = {
  kind: 'dead',
  code: 'venue_unreachable',
  message: 'the order did not reach the venue in time',
};
