import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RiskWatch } from './risk-watch';
import type { TradeStore } from './trade-store';

export type BackendMetrics = ReturnType<typeof createMetrics>;

/** The backend's metrics. A repeated request that gets a stored answer is counted by `backend_repeated_orders_total` only. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
    orders: new Counter({
      name: 'backend_orders_total',
      help: 'Orders by what became of them, a pending one again when it is settled; code is empty for filled ones',
      labelNames: ['mode', 'status', 'code'],
      registers,
    }),
    repeated: new Counter({
      name: 'backend_repeated_orders_total',
      help: 'Requests that were answered from the record of an earlier one with the same idempotency key',
      registers,
    }),
    queueSeconds: new Histogram({
      name: 'backend_order_queue_seconds',
      help: 'Time that orders waited for earlier ones',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    orderSeconds: new Histogram({
      name: 'backend_order_seconds',
      help: 'Time from taking an order up to its answer, without the queue',
      buckets: [0.005, 0.02, 0.05, 0.1, 0.5, 2, 10],
      registers,
    }),
    consensus: new Counter({
      name: 'backend_consensus_total',
      help: 'Consensus answers',
      labelNames: ['allow'],
      registers,
    }),
    persistenceFailures: new Counter({
      name: 'backend_persistence_failures_total',
      help: 'Failed reads and writes of the trade database',
      registers,
    }),
  };
}

/** Gauges that are read when Prometheus asks. A drawdown that is not known yet is not reported. */
export function addGauges(registry: Registry, watch: RiskWatch, store: TradeStore): void {
  const registers = [registry];
  new Gauge({
    name: 'backend_drawdown_fraction',
    help: 'Drawdown from the equity peak, as the gateway says',
    registers,
    collect() {
      const book = watch.last();
      if (book) this.set(book.drawdown);
      else this.reset();
    },
  });
  new Gauge({
    name: 'backend_risk_locked',
    help: '1 while the drawdown brake is on',
    registers,
    collect() {
      this.set(watch.isLocked() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'backend_pending_orders',
    help: 'Orders whose outcome is not known yet',
    registers,
    collect() {
      this.set(store.pending().length);
    },
  });
}
