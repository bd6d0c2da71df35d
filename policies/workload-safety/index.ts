import { PolicyPack } from '../policy-sdk';
import { allChecks } from './all-checks';
import { adviseInPaper, mandatory } from './check';
import { Run } from './run';

const run = new Run();

new PolicyPack('workload-safety', {
  policies: [...allChecks.map((check) => mandatory(check, run)), adviseInPaper(allChecks, run)],
});
