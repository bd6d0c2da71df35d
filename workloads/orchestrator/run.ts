import { mkdirSync } from 'node:fs';
import { version } from '../../package.json';
import { createService } from '../service';
import { agentLogFile } from './agent-process';
import { echoLogs } from './echo-logs';
import { describeHealth } from './health';
import { acquireLock } from './lock';
import { endTrees } from './process-tree';
import { writeRecord } from './record';
import type { Settings } from './settings';
import { liveAgents } from './stop';
import { createSupervisor } from './supervisor';

const leftoverGraceMs = 3_000;

/**
 * Runs the orchestrator until it is asked to stop.
 * @throws LockHeldError when another one owns this data folder
 */
export async function run(settings: Settings, environment: NodeJS.ProcessEnv): Promise<void> {
  const { app, log, listen, onStop } = createService('orchestrator');
  const lock = acquireLock(settings, new Date());
  log.info({ lock: lock.record }, 'trading lock taken');
  mkdirSync(settings.logDir, { recursive: true });

  const supervisor = createSupervisor(settings, environment, log, (agents) => {
    const orchestrator = { pid: lock.record.pid, startTime: lock.record.startTime };
    try {
      writeRecord(settings.dataDir, { orchestrator, slice: settings.slice, version, agents });
    } catch (error) {
      log.error({ err: error }, 'the record of agents cannot be written');
    }
  });
  const files = settings.agents.map(({ name }) => agentLogFile(settings.logDir, name));
  // In a container what is not on standard output is not seen from outside.
  const endEcho = environment.LOG_FILE ? echoLogs(files, (lines) => process.stdout.write(lines)) : () => {};
  onStop(async () => {
    await supervisor.stop();
    endEcho();
    lock.release();
  });
  app.get('/health', (_request, reply) => {
    const health = describeHealth(settings, lock.record, supervisor, version);
    for (const duplicate of health.duplicates) log.warn(duplicate, 'a process outside the orchestrator runs an agent');
    return reply.status(health.ok ? 200 : 503).send(health);
  });

  try {
    // Agents that outlived a dead orchestrator would trade beside the new ones.
    const leftovers = liveAgents(settings);
    if (leftovers.length > 0) log.warn({ leftovers }, 'ending the agents of a dead orchestrator');
    const stubborn = await endTrees(leftovers, leftoverGraceMs);
    if (stubborn.length > 0) throw new Error(`cannot end PID ${stubborn.map(({ pid }) => pid).join(', ')}`);
    await listen();
  } catch (error) {
    lock.release();
    throw error;
  }
  supervisor.start();
}
