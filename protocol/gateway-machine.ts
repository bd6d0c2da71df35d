import type { ChainHead } from '../ledger/chain';
import { allPermitChecks, leaseFrom } from './accept-permit';
import { allOrderChecks } from './admit-order';
import { failuresOf } from './check';
import { allEndings } from './clock-guard';
import { leaseSeconds, nonceCount, rateWindowMs } from './constants';
import { deadlineOf, venueTime } from './deadline';
import type { AdmittedOrder, GatewayDisk, GatewayState, Held, Outcome } from './gateway-state';
import { startGateway } from './gateway-state';
import type { SignedClose, SignedOrder, SignedPermit } from './messages';
import { bytesOf, type Challenge, type Moment, type Pins, type Verifier } from './messages';

/** The venue's time in an answer, and the monotonic time at which it was asked; milliseconds. */
type VenueTime = { readonly venueMs: number; readonly askedAt: number };

/** What the gateway judges by. The simulation takes one away at a time, to show that each is needed. */
export const gatewayRules = {
  permitChecks: allPermitChecks,
  orderChecks: allOrderChecks,
  endings: allEndings,
  leaseFrom,
  deadlineOf,
  readVenue: ({ venueMs }: VenueTime, now: Moment) => ({ venueMs, arrivedAt: now.monoMs }),
};
export type GatewayRules = typeof gatewayRules;

export interface GatewayPorts {
  readonly clocks: () => Moment;
  readonly verifier: Verifier;
  /** @param saved called when the disk has written and synced it, or could not */
  readonly savePermit: (token: number, ledger: ChainHead, saved: (ok: boolean) => void) => void;
  /** Cancels every order that is open at the venue. */
  readonly cancelAll: () => void;
}

/** An order that passed every check. */
export type Admission = Omit<AdmittedOrder, 'outcome'>;
/** The names of the checks that failed. */
export type Refusal = { readonly failures: readonly string[] };

/**
 * A gateway's state and all that may change it. Whatever happens, the clocks are looked at first: a permit that has
 * ended is gone before anything is judged.
 */
export class GatewayMachine {
  readonly state: GatewayState;
  /** What `admit` has made and nobody has used yet, with the era of its permit. A copy of an admission is none. */
  readonly #admitted = new WeakMap<Admission, number>();
  /** Counts the ends of permits: what was admitted before one is void after it. */
  #era = 0;

  /** @param start a name that no other start of a gateway has */
  constructor(
    pins: Pins,
    start: string,
    disk: GatewayDisk,
    private readonly ports: GatewayPorts,
    private readonly rules: GatewayRules = gatewayRules,
  ) {
    this.state = startGateway(pins, start, disk, ports.clocks());
  }

  /** Ends what the clocks say has ended; to be called several times a second. */
  look(): Moment {
    const now = this.ports.clocks();
    const { held, accepting, nonces, lookedAt } = this.state;
    const lasts = (from: Moment, seconds: number) =>
      !this.rules.endings.some(({ ended }) => ended(from, seconds, lookedAt, now));
    this.state.lookedAt = now;
    this.state.nonces = nonces.filter(({ madeAt }) => lasts(madeAt, leaseSeconds));
    if (accepting && !lasts(accepting.from, accepting.permit.leaseSeconds)) this.state.accepting = null;
    if (held && !lasts(held.from, held.permit.leaseSeconds)) this.#dropHeld();
    return now;
  }

  /** @param nonce not to be guessed, and never used before */
  challenge(nonce: string): Challenge {
    const madeAt = this.look();
    const { start: gatewayStart, ledger, token, halts, nonces } = this.state;
    this.state.nonces = [...nonces, { nonce, madeAt }].slice(-nonceCount);
    return { gatewayStart, nonce, ledger, token, halts };
  }

  /**
   * Holds a permit if every check passes, once its token and its ledger are on disk.
   * @param answer called with the names of the checks that failed: none when the permit is held
   */
  accept(signed: SignedPermit, answer: (failures: readonly string[]) => void): void {
    const now = this.look();
    const state = this.state;
    const { permit, signature }: SignedPermit = Object(signed);
    const context = { state, permit, signature, verifier: this.ports.verifier };
    const failures = failuresOf(this.rules.permitChecks, context);
    if (failures.length > 0) {
      answer(failures);
      return;
    }
    const accepting = { permit, from: this.rules.leaseFrom(state, permit.nonce, now) };
    state.accepting = accepting;
    state.nonces = state.nonces.filter(({ nonce }) => nonce !== permit.nonce);
    this.ports.savePermit(permit.token, permit.ledger, (ok) => {
      this.look();
      if (state.accepting !== accepting) return answer(['permit_ended']);
      state.accepting = null;
      if (ok) this.#hold(accepting);
      answer(ok ? [] : ['disk_failed']);
    });
  }

  #hold(held: Held): void {
    const before = this.state.held?.permit;
    const { posture, instance, use, token, ledger } = held.permit;
    const renews = before?.posture === posture && before.instance.key === instance.key;
    if (!renews || before.use !== use) this.#era += 1;
    Object.assign(this.state, { token, ledger, held });
    // A renewal changes nothing for the orders that are open; another instance's or posture's permit does.
    if (before && !renews) this.ports.cancelAll();
  }

  #dropHeld(): void {
    this.state.held = null;
    this.#era += 1;
    this.ports.cancelAll();
  }

  /** Ends the permit on somebody's word. The nonces go too: a permit that was sent before the word may arrive after it. */
  revoke(): void {
    this.look();
    this.state.accepting = null;
    this.state.nonces = [];
    this.#dropHeld();
  }

  /** Latches a halt, in memory. Needs no signature. */
  halt(id: string): void {
    this.revoke();
    this.state.halts = [...new Set([...this.state.halts, id])];
  }

  /** Opens the latch for the halts that an approver has closed; others that were latched since stay. */
  close({ close: { halts }, signature }: SignedClose): void {
    this.look();
    const { account, stack, genesis } = this.state.pins;
    // What must have been signed is made of this gateway's own account, stack and ledger.
    const bytes = bytesOf('close', { account, stack, genesis, halts });
    if (!this.ports.verifier.approver(bytes, signature)) return;
    this.state.halts = this.state.halts.filter((id) => !halts.includes(id));
  }

  /** Judges an order. One that is admitted is to be put on disk and then released. */
  admit(signed: SignedOrder): Admission | Refusal {
    const now = this.look();
    const state = this.state;
    const { order: asked, signature }: SignedOrder = Object(signed);
    if (!state.held) return { failures: [state.halts.length > 0 ? 'halted' : 'permit_required'] };
    const { permit } = state.held;
    const deadline = this.rules.deadlineOf(state.venue, state.held, now);
    const context = { state, permit, order: asked, signature, deadline, verifier: this.ports.verifier, now };
    const failures = failuresOf(this.rules.orderChecks, context);
    if (failures.length > 0 || deadline === null) return { failures };
    const { clientOrderId, symbol, side, qtyUsd } = asked;
    const order = Object.freeze({ clientOrderId, symbol, side, qtyUsd });
    state.orders.set(clientOrderId, { order, deadline, outcome: 'open' });
    state.admittedAt = [...state.admittedAt.filter((at) => now.monoMs - at < rateWindowMs), now.monoMs];
    const admission = Object.freeze({ order, deadline });
    this.#admitted.set(admission, this.#era);
    return admission;
  }

  /** Lets an admitted order go, once, if what it was admitted under still stands. @returns the token of its permit */
  release(admission: Admission): { readonly token: number } | Refusal {
    const now = this.look();
    const era = this.#admitted.get(admission);
    const { held, venue } = this.state;
    const stands = held && venue && era === this.#era && venueTime(venue, now) < admission.deadline;
    if (!stands) return { failures: [this.drop(admission) ? 'permit_ended' : 'not_admitted'] };
    this.#admitted.delete(admission);
    return { token: held.permit.token };
  }

  /** Gives up an order that was admitted and not sent; its id stays used. @returns whether there was such a one */
  drop(admission: Admission): boolean {
    const known = this.#admitted.delete(admission);
    if (known) this.#settle(admission.order.clientOrderId, 'dead');
    return known;
  }

  /**
   * Takes in an answer of the venue: its time, if it said that, and what became of an order. An outcome that is known
   * does not change: an answer may come twice, or late. @returns whether it is news of the order
   */
  hear(time: VenueTime | null, clientOrderId = '', outcome: Outcome = 'open'): boolean {
    const now = this.look();
    if (time) this.state.venue = this.rules.readVenue(time, now);
    const known = this.state.orders.get(clientOrderId);
    const news = known?.outcome === 'open' && outcome !== 'open';
    if (news) this.#settle(clientOrderId, outcome);
    return news;
  }

  #settle(clientOrderId: string, outcome: Outcome): void {
    const { orders } = this.state;
    orders.set(clientOrderId, { ...orders.get(clientOrderId)!, outcome });
  }
}
