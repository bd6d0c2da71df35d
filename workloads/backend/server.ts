import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createService } from '../service';
import { readConfigOrExit } from '../start';
import { GatewayClient } from './gateway-client';
import { Instance } from './instance';
import { Lane } from './lane';
import { addGauges, createMetrics } from './metrics';
import { ModelClient } from './model-client';
import { OrderDesk } from './order-desk';
import { RiskWatch } from './risk-watch';
import { addConsensusRoute } from './routes/consensus';
import { addHealthRoute } from './routes/health';
import { addInstanceRoute } from './routes/instance';
import { addRiskResetRoute } from './routes/risk-reset';
import { addTradeRoutes } from './routes/trades';
import { readSettings } from './settings';
import { Settler } from './settler';
import { TradeStore } from './trade-store';
import { startWatcher } from './watcher';

async function main(): Promise<void> {
  const service = createService('backend');
  const { app, log } = service;
  const clock = Date.now;
  const settings = readConfigOrExit(log, () => readSettings(process.env));
  const metrics = createMetrics(service.metrics);

  mkdirSync(settings.dataDir, { recursive: true });
  const store = new TradeStore(path.join(settings.dataDir, 'trader.db'), (error) => {
    metrics.persistenceFailures.inc();
    log.error({ err: error }, 'the trade database failed');
  });
  const instance = new Instance();
  const gateway = new GatewayClient(settings.gatewayUrl, settings.tradingMode, instance);
  const model = new ModelClient(settings.modelServiceUrl);
  const lane = new Lane();
  const watch = new RiskWatch(gateway, store, settings.limits, log);
  const settler = new Settler({ gateway, store, lane, metrics, log, clock });
  const desk = new OrderDesk({ settings, gateway, store, watch, lane, metrics, log, clock });
  addGauges(service.metrics, watch, store);

  addHealthRoute(app, { settings, gateway, model, watch, clock });
  addInstanceRoute(app, instance);
  addConsensusRoute(app, settings, model, metrics);
  addTradeRoutes(app, settings, desk, store);
  addRiskResetRoute(app, settings.operatorToken, watch, store, clock);

  await settler.settleAll();
  const stopWatcher = startWatcher(watch, settler, log, clock);
  service.onStop(async () => {
    await stopWatcher();
    await lane.idle();
    store.close();
  });
  await service.listen();
  log.info({ tradingMode: settings.tradingMode, symbols: settings.symbols }, 'trading');
}

void main();
