/** A process that takes the lock of DATA_DIR, says so, and keeps it until it is killed. */
import { acquireLock, LockHeldError } from '../../../workloads/orchestrator/lock';
import { readLocation } from '../../../workloads/orchestrator/settings';

try {
  const lock = acquireLock(readLocation(process.env), new Date());
  process.stdout.write('won\n');
  setInterval(() => lock.record, 60_000);
} catch (error) {
  process.stdout.write(error instanceof LockHeldError ? 'lost\n' : `failed: ${error}\n`);
}
