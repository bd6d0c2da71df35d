import type { Digest } from '../posture/digest';
import { grantMs, leaseSeconds, orderMs, pauseMs } from '../protocol/constants';
import type { Challenge, Permit } from '../protocol/messages';
import { judgeDecision } from './decision-witness';
import type { GatewayPort, SentOrder, WitnessPort, WorldPort } from './ports';
import { nameOf, requiredProofs } from './postures';
import type { RecordedEntry } from './simulated-ledger';
import type { WitnessedDecision } from './witnessed-decision';

/** Two clocks drift apart by less than this over a lease, milliseconds. */
const driftMs = 20;
const leaseMs = leaseSeconds * 1000;
/** By what a return is allowed. */
const asReturn = 'the grant before';

interface HaltRecord {
  readonly id: string;
  readonly askedAt: number;
  latchedAt?: number;
  recordedAt?: number;
  /** When the guardian that recorded it was told. */
  heardAt?: number | undefined;
  /** When it was sure to hold, and where. */
  heldAt?: number;
  closedAt?: number;
  /** Set when every place that had it was replaced by an older copy: nothing can hold it then. */
  lost?: boolean;
}

/** Sees everything, and says which invariants of docs/protocol.md a history broke. Knows nothing of the machines' states. */
export class Witness implements WitnessPort {
  readonly violations: string[] = [];
  readonly refusedByCode: Record<string, number> = {};
  readonly notIssuedByCode: Record<string, number> = {};
  /** What became of rises and falls: allowed, or the codes against them. */
  readonly decidedByCode: Record<string, number> = {};
  readonly executions: { readonly at: number; readonly sent: SentOrder }[] = [];
  readonly halts = new Map<string, HaltRecord>();
  sentCount = 0;
  readonly boundMs = { reachable: 0, unreachable: 0 };
  private readonly noncesMadeAt = new Map<string, { readonly at: number; readonly monoMs: number }>();
  private readonly issued = new Map<Permit, { readonly seenAt: number; readonly system: WorldPort['system'] }>();
  private readonly acceptances: { readonly at: number; readonly permit: Permit }[] = [];
  private readonly executedIds = new Map<string, number>();
  private readonly sentTimes: number[] = [];
  private readonly positionsUsd = new Map<string, number>();
  private readonly grantOf = new Map<Digest, Digest>();
  /** When a grant was made or a permit issued last, by posture, true time. */
  private readonly renewedAt = new Map<Digest, number>();
  private highestToken = 0;
  /**
   * By what a guardian allowed a posture, by the ledger's head and its digest: each the evidence, or that it is a return.
   * A grant may still be on its way to a slow disk when the same is decided again.
   */
  private readonly allowed = new Map<string, Set<string>>();

  constructor(private readonly world: WorldPort) {}

  refused(code: string): void {
    this.refusedByCode[code] = (this.refusedByCode[code] ?? 0) + 1;
  }

  notIssued(code: string): void {
    this.notIssuedByCode[code] = (this.notIssuedByCode[code] ?? 0) + 1;
  }

  challenged(gateway: GatewayPort, challenge: Challenge): void {
    const made = { at: this.world.schedule.now, monoMs: gateway.computer.now().monoMs };
    this.noncesMadeAt.set(`${challenge.gatewayStart} ${challenge.nonce}`, made);
  }

  /** 4: every permit has a grant that stood in the ledger when it was issued. */
  permitIssued(permit: Permit, seenAt: number): void {
    this.issued.set(permit, { seenAt, system: this.world.history.at(seenAt) });
    const ledger = this.world.ledger.view();
    if (!ledger.readable || ledger.standing?.posture !== permit.posture)
      this.violate(`4: token ${permit.token} was issued without a standing grant`);
    const { now } = this.world.schedule;
    const renewedAt = this.renewedAt.get(permit.posture) ?? now;
    if (now - renewedAt > grantMs + 1_000 && !this.world.guardianClocksDiffer)
      this.violate(
        `4: token ${permit.token} was issued ${Math.round((now - renewedAt) / 1000)} s after the last renewal`,
      );
    this.renewedAt.set(permit.posture, now);
  }

  /** 4: every grant in the ledger was allowed by a guardian, on the head that it follows, by the evidence that it consumes. */
  granted({ at, entry }: RecordedEntry): void {
    if (entry.kind !== 'grant') return;
    const { digest, evidence } = entry.body;
    this.renewedAt.set(digest, this.world.schedule.now);
    const allowed = this.allowed.get(`${entry.prev} ${digest}`);
    if (allowed === undefined)
      this.violate(`4: ${digest} was granted at entry ${at.seq} without a decision on the head before it`);
    else if (!allowed.has(entry.body.return ? asReturn : evidence.join()))
      this.violate(`4: ${digest} was granted by other evidence, or as another kind of grant, than was decided on`);
  }

  /** 4, 7: a decision, the guardian's or a pack's. */
  decided(decision: WitnessedDecision, reasons: readonly string[]): void {
    const { by, to, allowed, isReturn, evidence, entries } = decision;
    const rises = requiredProofs(decision.from, to).length > 0;
    const codes = allowed ? [isReturn ? 'return allowed' : rises ? 'rise allowed' : 'fall allowed'] : reasons;
    for (const code of codes) this.decidedByCode[code] = (this.decidedByCode[code] ?? 0) + 1;
    if (allowed && by !== 'pack') {
      const key = `${entries.at(-1)?.at.head} ${nameOf(to)}`;
      this.allowed.set(key, (this.allowed.get(key) ?? new Set()).add(isReturn ? asReturn : evidence.join()));
    }
    for (const wrong of judgeDecision(decision, this.world.proofs.facts)) this.violate(`${wrong} (${by})`);
  }

  /** 4, 5: tokens only grow; no evidence carries two grants that are used. */
  permitAccepted(gateway: GatewayPort, permit: Permit): void {
    const { now } = this.world.schedule;
    this.world.trace(`${gateway.name} holds token ${permit.token}`);
    this.acceptances.push({ at: now, permit });
    if (gateway === this.world.gateway) {
      if (permit.token <= this.highestToken) this.violate(`5: token ${permit.token} after ${this.highestToken}`);
      this.highestToken = permit.token;
    }
    for (const { at, entry } of this.world.ledger.entries) {
      if (entry.kind !== 'grant' || at.seq > permit.ledger.seq) continue;
      for (const evidence of entry.body.evidence) {
        if ((this.grantOf.get(evidence) ?? at.head) !== at.head) this.violate(`4: ${evidence} was consumed twice`);
        this.grantOf.set(evidence, at.head);
      }
    }
  }

  /** Limits on what is sent: orders a minute, and a deadline within the lease. */
  sent(sent: SentOrder): void {
    this.sentCount++;
    const left = sent.deadline - this.world.venue.now();
    const made = this.noncesMadeAt.get(`${sent.start} ${sent.permit.nonce}`);
    if (left > orderMs) this.violate(`deadline: ${Math.round(left)} ms from now`);
    if (made && sent.sentAt + left > made.at + leaseMs + driftMs) this.violate('deadline: after the lease');
    const { maxOrdersPerMinute } = sent.permit.limits;
    this.sentTimes.push(sent.sentAt);
    const recent = this.sentTimes.filter((at) => sent.sentAt - at < 59_900).length;
    if (recent > maxOrdersPerMinute) this.violate(`limits: ${recent} orders within a minute`);
  }

  /** 1, 6 and the limits, of an order that the venue executes now. */
  executed(sent: SentOrder): void {
    const { now } = this.world.schedule;
    const { permit, asked, order, gateway } = sent;
    this.world.trace(`venue executes ${order.clientOrderId}`);
    this.executions.push({ at: now, sent });
    const fail = (what: string) => this.violate(`1: ${order.clientOrderId} was executed ${what}`);
    const issued = this.issued.get(permit);
    if (!issued) {
      fail('under a permit that the guardian did not issue');
      return;
    }
    const made = this.noncesMadeAt.get(`${sent.start} ${permit.nonce}`);
    if (!made || permit.gatewayStart !== sent.start) {
      fail('under a permit for another start of the gateway');
      return;
    }
    if (asked.order.gatewayStart !== sent.start) fail('though made for another start of the gateway');
    if (gateway.computer.now().monoMs >= made.monoMs + leaseMs + driftMs) fail('after its lease');
    if (now >= made.at + leaseMs + driftMs) fail('later than a lease after its nonce was made');
    if (issued.seenAt < made.at) fail('under a permit for what was seen before its nonce was made');
    const gap = gateway.computer.gaps.find(
      ({ from, to }) => from >= made.at && to <= sent.sentAt && to - from > pauseMs + 50,
    );
    if (gap) fail(`after the gateway stood still for ${Math.round(gap.to - gap.from)} ms`);
    const { system } = issued;
    if (permit.posture !== system.posture || asked.order.posture !== permit.posture) fail('for another posture');
    if (system.mode !== 'live') fail('in paper');
    if (system.tripped.length > 0) fail('though a rule had tripped when its permit was issued');
    const [trader, ...others] = system.traders;
    const signer = asked.signature.split(' ')[0];
    if (!trader || others.length > 0 || trader.key !== signer || trader.key !== permit.instance.key)
      fail('for another trader than the one that was observed');
    this.judgeTrade(sent);
  }

  private judgeTrade({ order, permit }: SentOrder): void {
    const { clientOrderId, symbol, side, qtyUsd } = order;
    const times = (this.executedIds.get(clientOrderId) ?? 0) + 1;
    this.executedIds.set(clientOrderId, times);
    if (times > 1) this.violate(`6: ${clientOrderId} traded ${times} times`);
    const position = (this.positionsUsd.get(symbol) ?? 0) + (side === 'buy' ? qtyUsd : -qtyUsd);
    this.positionsUsd.set(symbol, position);
    const { limits } = permit;
    if (!limits.symbols.includes(symbol)) this.violate(`limits: ${symbol} was traded`);
    if (!(qtyUsd > 0 && qtyUsd <= limits.maxOrderUsd)) this.violate(`limits: an order of ${qtyUsd} USD`);
    if (Math.abs(position) > limits.maxPositionUsd + 1e-6) this.violate(`limits: a position of ${position} USD`);
  }

  haltWanted(id: string): HaltRecord {
    let halt = this.halts.get(id);
    if (!halt) {
      halt = { id, askedAt: this.world.schedule.now };
      this.halts.set(id, halt);
      this.world.trace(`halt ${id} is asked for`);
    }
    return halt;
  }

  haltHeard(id: string): void {
    this.haltWanted(id).heardAt ??= this.world.schedule.now;
  }

  /** What a guardian was told and had not recorded is forgotten: nobody was told that it holds. */
  guardianCrashed(): void {
    for (const halt of this.halts.values()) if (halt.recordedAt === undefined) halt.heardAt = undefined;
  }

  haltLatched(id: string, gateway: GatewayPort): void {
    const halt = this.haltWanted(id);
    halt.latchedAt ??= gateway.latchedAt(id) ?? this.world.schedule.now;
    halt.heldAt ??= this.world.schedule.now;
  }

  haltRecorded(id: string): void {
    const halt = this.haltWanted(id);
    halt.recordedAt ??= this.world.schedule.now;
    halt.heldAt ??= this.world.schedule.now;
  }

  /** A fresh copy of the gateway's disk may be older than its token and its orders. */
  gatewayRestored(copiedAt: number): void {
    this.highestToken = 0;
    for (const halt of this.halts.values()) {
      if (halt.latchedAt !== undefined && halt.latchedAt >= copiedAt && halt.recordedAt === undefined) halt.lost = true;
    }
  }

  ledgerRestored(copiedAt: number): void {
    for (const halt of this.halts.values()) {
      const gone = halt.recordedAt !== undefined && halt.recordedAt >= copiedAt;
      if (gone && !this.world.gateway.disk.halts.includes(halt.id)) halt.lost = true;
    }
  }

  /** 2: while everything answers, a tripped rule stops trading within the guardian's round and the bound. */
  judgeTrips(): void {
    for (const { at, sent } of this.executions) {
      // A rule that tripped before and was clear again says nothing of this order.
      const tripped = this.world.history.trippedSince(sent.sentAt);
      if (tripped !== undefined && at > tripped + 2_500)
        this.violate(`2: ${sent.order.clientOrderId} was executed ${Math.round(at - tripped)} ms after a rule tripped`);
    }
  }

  /** 2, 3: nothing after a halt, until its close. */
  judgeHalts(): void {
    for (const halt of this.halts.values()) {
      if (halt.heldAt === undefined || halt.lost) continue;
      const until = halt.closedAt ?? Number.POSITIVE_INFINITY;
      const { latchedAt = Number.POSITIVE_INFINITY, recordedAt = Number.POSITIVE_INFINITY } = halt;
      const last = Math.min(latchedAt + 1_000, recordedAt + leaseMs + driftMs);
      // Of two guardians the one that was not told goes on until it reads the record.
      const told = this.world.guardians.length === 1 ? halt.heardAt : undefined;
      const heardAt = latchedAt - halt.askedAt < 200 ? halt.askedAt : (told ?? Math.min(latchedAt, recordedAt));
      const kind = latchedAt - halt.askedAt < 200 ? 'reachable' : 'unreachable';
      for (const { at, sent } of this.executions) {
        // What was sent after the close has a permit of its own.
        if (at <= halt.askedAt || sent.sentAt >= until) continue;
        const after = Math.round(at - heardAt);
        if (at > last) this.violate(`2: ${sent.order.clientOrderId} was executed ${after} ms after halt ${halt.id}`);
        this.boundMs[kind] = Math.max(this.boundMs[kind], after);
      }
      for (const { at, permit } of this.acceptances) {
        if (at > Math.min(latchedAt, recordedAt + leaseMs) && at < until)
          this.violate(`3: token ${permit.token} was accepted over halt ${halt.id}`);
      }
    }
  }

  private violate(what: string): void {
    this.world.trace(`VIOLATION ${what}`);
    this.violations.push(what);
  }
}
