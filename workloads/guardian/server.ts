import { createOperations } from '../../platforms/operations';
import { createService, requireEnv } from '../service';
import { addRoutes } from './routes';
import { createWatch } from './watch';

const service = createService('guardian');
const home = requireEnv('CUTOVER_HOME');
const observer = createOperations({ home, stack: requireEnv('CUTOVER_STACK'), projectDir: process.cwd() });
const watch = createWatch(observer, service.log);
addRoutes(service.app, watch);
service.onStop(watch.stop);
void watch.start().then(service.listen);
