import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { type ProcessIdentity, readStartTime } from '../../platforms/process-identity';
import type { AgentSpec, Settings } from './settings';

export const agentLogFile = (logDir: string, agent: string) => path.join(logDir, `${agent}.log`);

// What belongs to the orchestrator's own server and would mislead an agent.
const orchestratorOnly = ['HOST', 'PORT', 'AGENTS'];

/** The environment of an agent: the orchestrator's, without what is only for its server, with the agent's name. */
export function agentEnvironment(agent: string, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(own).filter(([name]) => !orchestratorOnly.includes(name));
  return { ...Object.fromEntries(inherited), AGENT_NAME: agent };
}

/** A started agent, or the reason why it could not be started. */
export type AgentProcess = { readonly child: ChildProcess; readonly identity: ProcessIdentity };

/**
 * Starts an agent in the orchestrator's own process group, its output appended to its log. Its standard input is a
 * pipe that stays open as long as the orchestrator lives, so that the agent learns of its death, however it dies.
 * @param onEnd called once, with words for how it ended; also when it could not be started
 */
export function startAgent(
  spec: AgentSpec,
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  onEnd: (how: string) => void,
): AgentProcess | undefined {
  const file = agentLogFile(settings.logDir, spec.name);
  const fail = (error: unknown) => {
    const how = `could not be started: ${(error as Error).message}`;
    noteInLog(file, spec.name, how);
    onEnd(how);
  };
  try {
    const log = openSync(file, 'a');
    const [program, ...first] = spec.command;
    let child: ChildProcess;
    try {
      child = spawn(program!, [...first, ...spec.args], {
        env: agentEnvironment(spec.name, environment),
        stdio: ['pipe', log, log],
      });
    } finally {
      closeSync(log);
    }
    child.stdin?.on('error', () => {
      // An agent may close its standard input; nothing is ever written to it.
    });
    const startTime = child.pid === undefined ? undefined : readStartTime(child.pid);
    child.once('error', (error) => child.pid === undefined && fail(error));
    child.once('exit', (code, signal) => onEnd(`ended with ${signal ?? `exit code ${code}`}`));
    // An agent that ended at once may be gone before its start time is read: then only its end is reported.
    return child.pid === undefined || startTime === undefined
      ? undefined
      : { child, identity: { pid: child.pid, startTime } };
  } catch (error) {
    // Not within this call: the caller first learns that there is no process.
    setImmediate(fail, error);
    return undefined;
  }
}

function noteInLog(file: string, agent: string, message: string): void {
  try {
    const line = { level: 'ERROR', time: new Date().toISOString(), workload: agent, msg: message };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  } catch {
    // The reason is also in the orchestrator's own log.
  }
}

const tailBytes = 4096;

/** The last line of an agent's log, at most 300 characters; empty where there is none. */
export function lastLogLine(logDir: string, agent: string): string {
  try {
    const descriptor = openSync(agentLogFile(logDir, agent), 'r');
    try {
      const { size } = fstatSync(descriptor);
      const buffer = Buffer.alloc(Math.min(size, tailBytes));
      readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString('utf8').trimEnd().split('\n').at(-1)!.slice(0, 300);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
