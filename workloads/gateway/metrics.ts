import { Counter, Gauge, type Registry } from 'prom-client';
import type { OrderStore } from './order-store';

/** Adds the gateway's metrics. Each is read when it is asked for, so that none can differ from what `/health` says. */
export function addMetrics(
  registry: Registry,
  read: { halted(): boolean; reachable(): boolean; orders(): ReturnType<OrderStore['counts']> },
): void {
  const registers = [registry];
  const addFlag = (name: string, help: string, value: () => boolean) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value() ? 1 : 0);
      },
    });
  addFlag('cutover_gateway_halted', '1 while the halt is latched', read.halted);
  addFlag('cutover_gateway_venue_reachable', '1 while the venue answers', read.reachable);
  new Counter({
    name: 'cutover_gateway_orders_total',
    help: 'Orders in the database, by "accepted" or the code of the refusal',
    labelNames: ['code'] as const,
    registers,
    collect() {
      const { accepted, refused } = read.orders();
      this.reset();
      for (const [code, count] of Object.entries({ accepted, ...refused })) this.inc({ code }, count);
    },
  });
}
