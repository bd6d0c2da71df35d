import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes } from '../errors';
import { applyStack, describeChanges, describeRefusal } from './shared/apply';
import { openEngine } from './shared/engine-session';
import { inspectStack } from './shared/inspect';
import { alignRows } from './shared/rows';
import type { Verb } from './shared/verb';

interface Trade {
  readonly createdAt: string;
  readonly pair: string;
  readonly side: string;
  readonly status: string;
  readonly qtyUsd: number;
  readonly price: number | null;
  readonly agent: string | null;
}

/** How many trades to show, and how long to wait for them, seconds. */
const wantedTrades = 3;
const tradesSeconds = 60;

/** The first command: engine, stack in paper, health, a few trades, and what to do next. */
export const start: Verb = {
  name: 'start',
  description: 'The first command: have the engine, bring the stack up, show health, addresses and a few trades.',
  examples: [['npm start', 'the same']],
  async run(context) {
    const { columns } = context.screen;
    const timer = stepTimer(context.progress);
    await openEngine(context, context.progress);
    timer('engine ready');
    const applied = await applyStack('up', context);
    if (applied.refused) return { exitCode: applied.exitCode, json: applied, text: describeRefusal(applied) };
    const { workloads } = await inspectStack(context);
    timer('stack healthy');
    const trades = await awaitTrades(applied.addresses.backend, context.progress);
    timer('trades seen');
    const healthy = workloads.every(({ ok }) => ok);
    const text = [
      '',
      `Stack ${context.stack} runs in ${applied.posture.tradingMode} mode.`,
      'Changes:',
      describeChanges(applied.changes),
      'Workloads:',
      ...alignRows(
        workloads.map(({ workload, ok, address = '', problem }) => [
          workload,
          ok ? 'healthy' : 'unhealthy',
          `${address} ${problem ?? ''}`,
        ]),
        columns,
      ),
      trades.length > 0 ? 'Latest trades:' : `No trade in ${tradesSeconds} s; see the logs in ${context.home}.`,
      ...alignRows(trades.map(describeTrade), columns),
      'Time:',
      ...alignRows(timer.steps.map(({ step, seconds }) => [step, `${seconds.toFixed(1)} s`])),
      'Next:',
      '  npx cutover status                 what runs, what is wrong first',
      `  edit stacks/Pulumi.${context.stack}.yaml and run   npx cutover preview | up`,
      '  npx cutover halt                   stop trading now',
      '  npx cutover down                   stop everything, keep all data',
    ].join('\n');
    const json = {
      stack: context.stack,
      tradingMode: applied.posture.tradingMode,
      workloads,
      trades,
      steps: timer.steps,
    };
    return { exitCode: healthy && trades.length > 0 ? exitCodes.done : exitCodes.checkFailed, json, text };
  },
};

function stepTimer(progress: (message: string) => void) {
  let last = Date.now();
  const steps: { step: string; seconds: number }[] = [];
  const done = (step: string) => {
    const seconds = (Date.now() - last) / 1000;
    last = Date.now();
    steps.push({ step, seconds });
    progress(`${step} after ${seconds.toFixed(1)} s`);
  };
  return Object.assign(done, { steps });
}

async function awaitTrades(backend: string, progress: (message: string) => void): Promise<Trade[]> {
  progress('waiting for trades');
  const deadline = Date.now() + tradesSeconds * 1000;
  let trades: Trade[] = [];
  while (trades.length < wantedTrades && Date.now() < deadline) {
    await delay(200);
    trades = await readTrades(backend).catch(() => trades);
  }
  return trades;
}

async function readTrades(backend: string): Promise<Trade[]> {
  const response = await fetch(`${backend}/api/trades?limit=${wantedTrades}`, { signal: AbortSignal.timeout(2_000) });
  return ((await response.json()) as { trades: Trade[] }).trades;
}

function describeTrade({ createdAt, agent, side, pair, qtyUsd, price, status }: Trade): string[] {
  const at = price?.toFixed(price < 10 ? 6 : 2) ?? '-';
  return [createdAt, agent ?? '-', side, pair, `${qtyUsd.toFixed(2)} USD at ${at}`, status];
}
