import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { packageDir } from '../package-dir';
import { startWorkload } from '../platforms/process/start';
import { FastTrading } from './fast-trading';
import { type BenchResult, median } from './measure';

/** How long the clients go on after a side says that it is done, milliseconds: an order that still passes is seen. */
const afterMs = 500;
const haltedSeconds = 60;

interface Times {
  readonly command: number;
  readonly cause: number;
  readonly restart: number;
}

/**
 * From `cutover halt` at the shell, and from the start of a second trader (which the guardian's rule halts at its third
 * look), to the last order that the venue executed; against the old runbook: the backend is restarted in paper mode. In
 * turn, on one live system that trades as fast as it can. The runbook's side has no command to start: its best case.
 */
export async function benchHalt(progress: (message: string) => void, count = 50): Promise<BenchResult[]> {
  const fast = await FastTrading.open();
  try {
    const runs: Times[] = [];
    for (let run = 1; run <= count; run++) {
      const times = {
        command: await timeToLastOrder(fast, () => haltByCommand(fast)),
        cause: await timeToLastOrder(fast, () => haltByCause(fast)),
        restart: await timeToLastOrder(fast, () => restartInPaper(fast)),
      };
      runs.push(times);
      progress(`halt ${run}/${count}: ${JSON.stringify(times)} s`);
    }
    return [compareTimes('halt-from-command', runs, 'command'), compareTimes('halt-from-cause', runs, 'cause')];
  } finally {
    await fast.close();
  }
}

function compareTimes(name: string, runs: readonly Times[], side: 'command' | 'cause'): BenchResult {
  const ours = runs.map((run) => run[side]);
  const peers = runs.map(({ restart }) => restart);
  const [one, other] = [median(ours), median(peers)];
  const max = { ours: Math.max(...ours), peer: Math.max(...peers) };
  return { name, ours: one, peer: other, ratio: one / other, aim: null, ok: true, unit: 's', max };
}

/** @param stop stops trading, and returns when it has made sure of it */
async function timeToLastOrder(fast: FastTrading, stop: () => Promise<void>): Promise<number> {
  await fast.goLive();
  const since = Date.now();
  await stop();
  await delay(afterMs);
  const seconds = await fast.lastOrderAfter(since);
  await fast.stopTrading();
  return seconds;
}

async function haltByCommand({ system }: FastTrading): Promise<void> {
  const root = packageDir();
  const command = [path.join(root, 'bin', 'cutover.js'), 'halt', '--reason', 'measured'];
  await execa(process.execPath, command, { cwd: root, env: { CUTOVER_HOME: system.home } });
}

/** A second trader for the same backend, in a folder of its own: only whom it talks to gives it away. */
async function haltByCause({ system }: FastTrading): Promise<void> {
  const { command, environment } = system.declare('live').inputs.orchestrator;
  const [agent] = JSON.parse(environment.AGENTS!) as { command: string[] }[];
  const { BACKEND_URL, GATEWAY_URL } = environment;
  const folders = { DATA_DIR: system.home, LOG_DIR: system.home };
  const second: ChildProcess = spawn(command[0]!, [agent!.command[1]!], {
    env: { BACKEND_URL, GATEWAY_URL, SYMBOLS: 'BTCUSDT', AGENT_NAME: 'second', CUTOVER_STACK: 'main', ...folders },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(second, 'exit');
  try {
    const deadline = Date.now() + haltedSeconds * 1000;
    while (system.ledger().openHalts.length === 0) {
      if (Date.now() > deadline) throw new Error(`expected a halt within ${haltedSeconds} s of a second trader`);
      await delay(50);
    }
  } finally {
    second.kill('SIGKILL');
    await ended;
  }
}

/** The old runbook: the backend is ended, started with TRADING_MODE=paper, and asked until it is healthy. */
async function restartInPaper({ system }: FastTrading): Promise<void> {
  const { backend } = system.declare('live').inputs;
  await startWorkload({ ...backend, environment: { ...backend.environment, TRADING_MODE: 'paper' } });
}
