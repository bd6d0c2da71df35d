import { extendHead } from '../ledger/chain';
import { digestBytes } from '../posture/digest';
import { bytesOf, type Challenge, type Permit, type SignedOrder, type SignedPermit } from '../protocol/messages';
import { signAs } from './keys';
import type { AttackerPort, WorldPort } from './ports';

const otherPosture = digestBytes('another posture');

/**
 * Someone who hears every message and can send any, but holds no key except that of a trader of his own, and that of
 * the honest trader when its backend lies. He also has a guardian of another stack and account, with the same key and a
 * copy of the ledger, that answers any challenge.
 */
export class Attacker implements AttackerPort {
  /** Whether the observed trader itself lies: its key signs what he likes. */
  lyingBackend = false;
  private permits: SignedPermit[] = [];
  private orders: SignedOrder[] = [];
  private challenge: Challenge | null = null;
  private count = 0;

  constructor(private readonly world: WorldPort) {}

  /** Until when he answers every challenge with a permit of his own and follows it with orders; true time. */
  forgesUntil = 0;

  overhear(challenge: Challenge): void {
    this.challenge = challenge;
    const { world } = this;
    if (world.schedule.now >= this.forgesUntil) return;
    this.sendPermit();
    for (let count = 0; count < 3; count++)
      world.schedule.after(world.random.between(50, 2_000), () => this.sendOrder());
  }

  /** Asks for a challenge, as anyone can. */
  ask(): void {
    this.world.toGateway((at) =>
      at.receive(
        (request) => ({ kind: 'challengeAsked', request, nonce: at.nonce() }),
        (answer) => answer.kind === 'challenge' && this.overhear(answer.challenge),
      ),
    );
  }

  keep(permit: SignedPermit): void {
    this.permits = [...this.permits.slice(-7), permit];
  }

  keepOrder(order: SignedOrder): void {
    this.orders = [...this.orders.slice(-15), order];
  }

  /** Sends a permit: one replayed, one made up, or one of a guardian of another stack or account. */
  sendPermit(): void {
    const { random } = this.world;
    const way = random.pick(['replay', 'forge', 'account', 'stack'] as const);
    const replayed = this.permits.length > 0 ? random.pick(this.permits) : null;
    const signed = way === 'replay' ? replayed : this.makePermit(way);
    if (signed) this.world.toGateway((at) => at.receive((request) => ({ kind: 'permitReceived', request, signed })));
  }

  private makePermit(way: 'forge' | 'account' | 'stack'): SignedPermit | null {
    const { world, challenge } = this;
    if (!challenge) return null;
    const { pins } = world;
    const permit: Permit = {
      ...pins,
      account: way === 'account' ? { ...pins.account, id: 'other' } : pins.account,
      stack: way === 'stack' ? 'other' : pins.stack,
      posture: otherPosture,
      gatewayStart: challenge.gatewayStart,
      nonce: challenge.nonce,
      token: challenge.token + 1,
      instance: { key: 'attacker', starts: ['0'] },
      limits: { ...world.system.limits, maxOrderUsd: 1e9, maxPositionUsd: 1e9 },
      use: 'trade',
      leaseSeconds: 15,
      ledger: extendHead(challenge.ledger, []),
      extension: [],
    };
    return { permit, signature: signAs(way === 'forge' ? 'attacker' : 'guardian', bytesOf('permit', permit)) };
  }

  /** Sends an order: a replayed one, one in another's name, or a lie of the observed backend. */
  sendOrder(): void {
    const { world, lyingBackend } = this;
    const { random } = world;
    const [trader] = world.system.traders;
    if (!trader) return;
    const ways = [
      'replay',
      'attacker',
      'own-permit',
      ...(lyingBackend ? (['large', 'symbol', 'posture', 'many', 'start'] as const) : []),
    ] as const;
    const way = random.pick(ways);
    if (way === 'replay') {
      if (this.orders.length > 0) world.sendOrder(random.pick(this.orders));
      return;
    }
    const { limits, posture } = world.system;
    const order = {
      clientOrderId: `x-${this.count++}`,
      symbol: way === 'symbol' ? 'OTHER' : random.pick(limits.symbols),
      side: 'buy' as const,
      qtyUsd: way === 'large' ? limits.maxOrderUsd * 3 : limits.maxOrderUsd,
      posture: way === 'posture' || way === 'own-permit' ? otherPosture : posture,
      gatewayStart: way === 'start' ? 'gateway.0' : world.knownGatewayStart,
      sentAt: 0,
    };
    const key = way === 'attacker' || way === 'own-permit' ? 'attacker' : trader.key;
    world.sendOrder({ order, signature: signAs(key, bytesOf('order', order)) });
    if (way !== 'many') return;
    for (let more = 0; more < 40; more++) {
      const next = {
        ...order,
        clientOrderId: `x-${this.count++}`,
        qtyUsd: 1,
        side: more % 2 ? ('buy' as const) : ('sell' as const),
      };
      world.sendOrder({ order: next, signature: signAs(key, bytesOf('order', next)) });
    }
  }
}
