import { createOperations } from '../../platforms/operations';
import { createService, requireEnv } from '../service';
import { readConfigOrExit } from '../start';
import { Guardian } from './guardian';
import { addRoutes } from './routes';
import { createWatch } from './watch';

const service = createService('guardian');
const options = readConfigOrExit(service.log, () => ({
  stack: requireEnv('CUTOVER_STACK'),
  home: requireEnv('CUTOVER_HOME'),
  dataDir: requireEnv('DATA_DIR'),
  evidenceDir: requireEnv('EVIDENCE_DIR'),
}));
const { stack, home } = options;
const operations = createOperations({ home, stack, projectDir: process.cwd() });
const clock = () => ({ wallMs: Date.now(), monoMs: performance.now() });
const guardian = new Guardian({ ...options, operations, log: service.log, clock });
const watch = createWatch({ observe: () => guardian.round() }, service.log);
addRoutes(service.app, watch, guardian);
service.onStop(watch.stop);
void watch.start().then(service.listen);
