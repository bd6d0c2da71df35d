import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors';
import type { Operations } from '../platforms/platform';
import { stopOrchestrator } from './orchestrator/stop';

/** How long the gateway may take to answer, seconds. */
const gatewaySeconds = 1;
/** For this long no log of the traders may grow and no order may arrive, seconds. */
const quietSeconds = 0.5;

/**
 * The part of the abort sequence that follows the latch: the orchestrator and its agents ended, its stale lock cleaned.
 * Every step is tried, whatever became of the one before.
 * @returns what went wrong, as sentences; empty when all of it ended
 */
export async function stopTraders(stack: string, operations: Operations): Promise<string[]> {
  const problems: string[] = [];
  // Elsewhere the PIDs that it wrote down are other processes here, or none.
  if (operations.sharesProcesses) {
    try {
      const { remaining } = await stopOrchestrator({ dataDir: operations.dataOf('orchestrator'), stack });
      if (remaining.length > 0) throw new Error(`PID ${remaining.join(', ')} still runs`);
    } catch (error) {
      problems.push(`the orchestrator cannot be stopped: ${messageOf(error)}`);
    }
  }
  try {
    await operations.stop('orchestrator');
  } catch (error) {
    problems.push(`agents cannot be stopped: ${messageOf(error)}`);
  }
  return problems;
}

/**
 * Looks for signs of trading after a halt: processes that are left, logs that grow, orders that are accepted.
 * @returns each sign as a sentence; empty when it is quiet
 */
export async function findTrading(operations: Operations): Promise<string[]> {
  const before = { logs: await logSizes(operations), orders: await countOrders(operations) };
  await delay(quietSeconds * 1000);
  const found = (await operations.remainsOf('orchestrator')).map((what) => `${what} still runs`);
  for (const [file, size] of await logSizes(operations)) {
    if (size !== before.logs.get(file)) found.push(`${file} still grows`);
  }
  const orders = await countOrders(operations);
  if (orders !== undefined && before.orders !== undefined && orders > before.orders) {
    found.push(
      `the gateway accepted ${orders - before.orders} orders in ${quietSeconds} s from outside the orchestrator`,
    );
  }
  return found;
}

async function logSizes(operations: Operations): Promise<Map<string, number>> {
  await operations.fetchLogs('orchestrator');
  return new Map(operations.logsOf('orchestrator').map((file) => [file, statSync(file).size]));
}

/** Orders that the gateway has accepted, or undefined where it does not answer: then it accepts none either. */
async function countOrders(operations: Operations): Promise<number | undefined> {
  const address = await operations.addressOf('gateway');
  if (!address) return undefined;
  try {
    const response = await fetch(`${address}/health`, { signal: AbortSignal.timeout(gatewaySeconds * 1000) });
    return ((await response.json()) as { orders?: { accepted?: number } }).orders?.accepted;
  } catch {
    return undefined;
  }
}
