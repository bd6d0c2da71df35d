import { bytesOf, type Order, type SignedOrder } from '../protocol/messages';
import { signAs } from './keys';
import type { WorldPort } from './ports';
import type { DeployedSystem, TraderInstance } from './system';

/** An honest backend with the posture that it was started with; it sends an order that was not answered again. */
export class Trader {
  private count = 0;
  private stopped = false;
  private unanswered: Order | null = null;

  constructor(
    private readonly world: WorldPort,
    private readonly instance: TraderInstance,
    private readonly system: DeployedSystem,
  ) {
    this.trade();
  }

  stop(): void {
    this.stopped = true;
  }

  private trade(): void {
    const { world } = this;
    if (this.stopped) return;
    world.schedule.after(world.random.between(300, 1_700), () => {
      if (this.stopped) return;
      if (this.system.mode === 'live') this.send();
      this.trade();
    });
  }

  private send(): void {
    const { world, instance, system } = this;
    const { random } = world;
    const order = this.unanswered ?? {
      clientOrderId: `${instance.key}-${this.count++}`,
      symbol: random.pick(system.limits.symbols),
      side: random.chance(0.55) ? ('buy' as const) : ('sell' as const),
      qtyUsd: random.whole(10, system.limits.maxOrderUsd),
    };
    this.unanswered = order;
    const signed = signOrder(instance.key, order, system, world.knownGatewayStart);
    world.attacker.keepOrder(signed);
    world.sendOrder(signed, () => {
      if (this.unanswered === order) this.unanswered = null;
    });
  }
}

export function signOrder(key: string, order: Order, system: DeployedSystem, gatewayStart: string): SignedOrder {
  const request = { ...order, posture: system.posture, gatewayStart, sentAt: 0 };
  return { order: request, signature: signAs(key, bytesOf('order', request)) };
}
