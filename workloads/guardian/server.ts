import { processHost } from '../../platforms/process/host';
import { createProcessObserver } from '../../platforms/process/observe';
import { createService, requireEnv } from '../service';
import { addRoutes } from './routes';
import { createWatch } from './watch';

const service = createService('guardian');
const observer = createProcessObserver(
  { home: requireEnv('CUTOVER_HOME'), stack: requireEnv('CUTOVER_STACK') },
  processHost,
);
const watch = createWatch(observer, service.log);
addRoutes(service.app, watch);
service.onStop(watch.stop);
void watch.start().then(service.listen);
