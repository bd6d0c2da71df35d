import { meanReversion } from './mean-reversion';
import { runAgent } from './run-agent';

runAgent(meanReversion);
