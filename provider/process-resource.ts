import { inspectProcess } from '../platforms/process/observe';
import { readRecord } from '../platforms/process/record';
import { describePortConflict, type ProcessInputs, startWorkload } from '../platforms/process/start';
import { stopWorkload } from '../platforms/process/stop';
import { digestOf } from '../posture/digest';
import type { ResourceHandler } from './resource-handler';

/** What the engine's state holds of a process: its inputs, and what was found of it last. */
interface ProcessState extends ProcessInputs {
  readonly state: string;
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
}

/** A local process of a stack. Every change is a restart in place; data and logs outlive it. */
export const processResource: ResourceHandler = {
  async check(_olds, news) {
    const inputs = inputsOf(news);
    const conflict = await describePortConflict(inputs);
    return { inputs, failures: conflict ? [{ property: 'port', reason: conflict }] : [] };
  },

  async diff(properties, news) {
    const { state } = properties as unknown as ProcessState;
    return { changes: state !== 'running' || digestOf(inputsOf(properties)) !== digestOf(inputsOf(news)) };
  },

  async create(news) {
    const inputs = inputsOf(news);
    return { id: `${inputs.stack}/${inputs.workload}`, outs: await start(inputs) };
  },

  async read(id, properties) {
    const inputs = inputsOf(properties);
    const record = readRecord(inputs, inputs.workload);
    const { state } = await inspectProcess(record, inputs.host);
    // A process that was started with other inputs than these (an `up` that was killed in the middle) is drift too.
    const drifted = state === 'running' && record?.inputs !== digestOf(inputs);
    return { id, props: { ...properties, state: drifted ? 'replaced' : state } };
  },

  async update(news) {
    return { outs: await start(inputsOf(news)) };
  },

  async delete(properties) {
    const inputs = inputsOf(properties);
    await stopWorkload(inputs, inputs.workload);
  },
};

async function start(inputs: ProcessInputs): Promise<ProcessState> {
  const record = await startWorkload(inputs);
  return {
    ...inputs,
    state: 'running',
    pid: record.pid,
    url: `http://${inputs.host}:${inputs.port}`,
    startedAt: record.startedAt,
  };
}

/** The inputs alone, out of inputs or state: never `undefined`, which the engine cannot carry. */
function inputsOf(source: Record<string, unknown>): ProcessInputs {
  const {
    home,
    stack,
    workload,
    command,
    cwd,
    host,
    port,
    environment,
    secrets,
    source: code,
  } = source as unknown as ProcessInputs;
  return { home, stack, workload, command, cwd, host, port, environment, secrets, source: code };
}
