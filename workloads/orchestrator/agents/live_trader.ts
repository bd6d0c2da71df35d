import { momentum } from './momentum';
import { runAgent } from './run-agent';

runAgent(momentum);
