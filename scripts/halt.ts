import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { exitCodes, messageOf } from '../errors';
import { createOperations } from '../platforms/operations';
import type { Operations } from '../platforms/platform';
import { type AskedHalt, leaveHalt } from '../workloads/gateway/leave-halt';
import { findTrading, stopTraders } from '../workloads/stop-trading';
import { requireKnownStack } from './shared/stack-config';
import type { Verb } from './shared/verb';

/** What a halt did, and what it could not. */
export interface HaltReport {
  readonly halted: boolean;
  readonly haltedAt: string;
  readonly reason: string;
  /** Time until nothing traded any more, seconds. */
  readonly seconds: number;
  /** Each thing that is not as a halt wants it. */
  readonly problems: readonly string[];
}

/** How long the gateway may take to say that it is halted, seconds; the latch on its disk holds without its word. */
const gatewaySeconds = 1;

/** The reason of a halt that nobody gave one for. */
export const noReason = 'no reason given';

/** Stops trading now. Needs no engine, no keys, no state and no config. */
export const halt: Verb = {
  name: 'halt',
  description: 'Stop trading now and bar live trading. Needs no engine, no keys, no state and no valid config.',
  options: [['--reason <text>', 'why, for the record']],
  examples: [['cutover halt --reason "spread looks wrong"', 'stop trading on stack main']],
  async run(context, { reason }) {
    await requireKnownStack(context);
    const report = await haltStack(context.stack, createOperations(context), String(reason ?? noReason));
    return {
      exitCode: report.halted ? exitCodes.done : exitCodes.checkFailed,
      json: { stack: context.stack, ...report },
      text: describeHalt(report),
    };
  },
};

/** What became of a halt, in words. */
export function describeHalt({ halted, seconds, problems }: HaltReport): string {
  return halted
    ? `Halted in ${seconds.toFixed(1)} s. Live trading is barred, the agents are stopped, all data is kept.\nNext: cutover rollback (reverts the config change), or cutover up (paper trading again, if the config says paper).`
    : ['NOT fully halted:', ...problems.map((problem) => `  - ${problem}`)].join('\n');
}

/**
 * The abort sequence: the halt latched on the gateway's disk, the orchestrator and its agents ended, its stale lock
 * cleaned, and then looked at: nothing of it runs, no log of it grows, no order arrives. Every step is tried, whatever
 * became of the one before.
 */
export async function haltStack(stack: string, operations: Operations, reason: string): Promise<HaltReport> {
  const started = Date.now();
  const problems: string[] = [];
  const attempt = async <T>(what: string, step: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      problems.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };

  // Named here, so that what the gateway latches and what is latched on its disk are the same halt.
  const asked = { id: randomUUID(), reason, by: userInfo().username };
  await attempt('the gateway cannot be told of the halt', () => tellGateway(operations, asked));
  const latched = await attempt('the halt cannot be latched', () => operations.change('gateway', leaveHalt, asked));
  problems.push(...(await stopTraders(stack, operations)));
  const seconds = (Date.now() - started) / 1000;
  await attempt('the halt cannot be verified', async () => problems.push(...(await findTrading(operations))));
  return {
    halted: problems.length === 0,
    haltedAt: latched?.haltedAt ?? new Date(started).toISOString(),
    reason: latched?.reason ?? reason,
    seconds,
    problems,
  };
}

/** Latches through the gateway, so that it knows at once. Whether it answers does not matter: the latch is its disk. */
async function tellGateway(operations: Operations, asked: AskedHalt): Promise<void> {
  const address = await operations.addressOf('gateway');
  if (!address) return;
  await fetch(`${address}/halt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
    signal: AbortSignal.timeout(gatewaySeconds * 1000),
  }).catch(() => undefined);
}
