import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { EvidenceError } from '../../evidence/errors';
import { type KernelLock, takeKernelLock } from '../../kernel-lock';
import { ServiceError } from '../service';
import type { BookKeeper } from './book-keeper';
import { type Door, type DoorParts, gatewayStart } from './door/door';
import type { HaltLatch } from './halt-latch';
import type { HaltRecords } from './halt-records';
import { LiveDesk } from './live-desk';
import { LiveDisk } from './live-disk';
import type { OrderStore } from './order-store';
import { GatewayTrust } from './pins';

export interface LiveOptions {
  readonly dataDir: string;
  readonly stack: string;
  readonly venue: { readonly name: string; readonly account: string };
  readonly latch: HaltLatch;
  readonly halts: HaltRecords;
  readonly store: OrderStore;
  readonly book: BookKeeper;
  readonly openDoor: (parts: DoorParts) => Door;
  readonly log: Logger;
}

/** The live desk, or why there is none. Without a pinned trust root there is none, and no permit can be accepted. */
export class Live {
  /** Names this start of the gateway. */
  readonly start = gatewayStart;
  private opened: LiveDesk | null = null;
  private trust: GatewayTrust | null = null;
  private lock: KernelLock | undefined;
  private reason = 'not_initialised: there is no pinned trust root; cutover keys init makes one';
  private ticks = 0;

  constructor(private readonly options: LiveOptions) {
    this.tryOpen();
  }

  get desk(): LiveDesk | null {
    return this.opened;
  }

  /** Why live orders are impossible; null when they only need a permit. */
  get unavailable(): string | null {
    return this.opened ? null : this.reason;
  }

  /** The desk. @throws ServiceError 503 `live_unavailable` */
  require(): LiveDesk {
    if (this.opened) return this.opened;
    throw new ServiceError(503, 'live_unavailable', this.reason);
  }

  /** The trust root that is in force; null where there is none. */
  get trustRoot() {
    return this.trust?.view ?? null;
  }

  /**
   * Takes up trust roots that follow the pinned one, oldest first. A permit that was held before is held no longer.
   * @throws ServiceError 422 by the name of what is wrong; the trust root in force stays. 503 as `require`
   */
  takeUp(envelopes: readonly string[]): void {
    const desk = this.require();
    for (const envelope of envelopes) {
      try {
        if (!this.trust!.takeUp(envelope)) continue;
      } catch (error) {
        const code = error instanceof EvidenceError ? error.code : 'disk_failed';
        this.options.log.error({ err: error }, 'a trust root was refused; the one before stays');
        throw new ServiceError(422, code, `the trust root was refused: ${messageOf(error)}`);
      }
      desk.revoke();
      this.options.log.warn({ trustRoot: this.trustRoot }, 'the next trust root is in force');
    }
  }

  /** Every 100 ms. What `keys init` leaves while the gateway runs is found within a second. */
  tick(): void {
    this.ticks += 1;
    if (!this.opened && this.ticks % 10 === 0) this.tryOpen();
    this.opened?.tick();
    if (this.ticks % 10 === 1) {
      this.takeUpHalts();
      this.opened?.askVenue().catch((error) => this.options.log.error({ err: error }, 'the venue could not be asked'));
    }
  }

  close(): void {
    this.lock?.release();
  }

  /** Halts over a halt that nobody answered: each is one more that an approver has to close. */
  private takeUpHalts(): void {
    const { opened } = this;
    if (!opened) return;
    try {
      this.options.halts.takeUp((id) => opened.halt(id));
    } catch (error) {
      this.options.log.error({ err: error }, 'a halt that waits could not be taken up; it is tried again');
    }
  }

  private tryOpen(): void {
    const { dataDir, latch, log, store, book, openDoor } = this.options;
    try {
      const trust = GatewayTrust.open(dataDir, this.options);
      if (!trust) return;
      // Two gateways on one folder would both think that they know the highest token.
      this.lock ??= takeKernelLock(`${dataDir}/gateway.lock`, 0);
      if (!this.lock) throw new Error('another gateway process uses the same data folder');
      const { pins, verifier } = trust;
      const disk = new LiveDisk(dataDir, latch, pins);
      this.opened = new LiveDesk({ pinned: { pins, verifier }, disk, latch, store, book, openDoor, log });
      this.trust = trust;
      log.info({ start: this.start, genesis: pins.genesis }, 'live orders are possible with a permit');
    } catch (error) {
      const reason = error instanceof EvidenceError ? `${error.code}: ${error.message}` : messageOf(error);
      if (reason !== this.reason) log.error({ reason }, 'live orders are impossible');
      this.reason = reason;
    }
  }
}
