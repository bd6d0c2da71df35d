import { exitCodes, messageOf } from '../../errors';
import { createLogger } from '../service';
import { LockHeldError } from './lock';
import { run } from './run';
import { readLocation, readSettings, SettingsError } from './settings';
import { readStatus } from './status';
import { stopOrchestrator } from './stop';

/** The exit code for an environment that is not usable, as sysexits.h has it. */
const badConfiguration = 78;

const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

async function main(verb: string): Promise<void> {
  if (verb === 'run') return run(readSettings(process.env), process.env);
  if (verb === 'status') {
    const status = readStatus(readLocation(process.env));
    print(status);
    process.exitCode = status.ok ? exitCodes.done : exitCodes.checkFailed;
    return;
  }
  if (verb === 'stop') {
    const result = await stopOrchestrator(readLocation(process.env));
    print(result);
    process.exitCode = result.stopped ? exitCodes.done : exitCodes.checkFailed;
    return;
  }
  process.stderr.write(`expected run, status or stop, received ${JSON.stringify(verb)}\n`);
  process.exitCode = exitCodes.usage;
}

main(process.argv[2] ?? 'run').catch((error: unknown) => {
  const log = createLogger('orchestrator');
  if (error instanceof SettingsError) {
    log.error({ failures: error.failures }, 'the environment is not usable');
    process.exit(badConfiguration);
  }
  if (error instanceof LockHeldError) {
    log.error({ holder: error.holder }, error.message);
    process.exit(exitCodes.refused);
  }
  log.error({ err: error }, messageOf(error));
  process.exit(exitCodes.unexpected);
});
