import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { feeFraction, halfSpreadFraction } from '../market/fill';
import { version } from '../package.json';
import { createOperations } from '../platforms/operations';
import type { Operations } from '../platforms/platform';
import { type WorkloadName, workloadNames } from '../posture/posture';
import { gatherReport } from '../report/page/gather';
import { drawPage } from '../report/page/page';
import { findingsOf } from '../report/page/sections/findings';
import { defaultPort, serveReport } from './live/serve-report';
import { requireKnownStack } from './shared/stack-config';
import { stackFiles } from './shared/stack-files';
import type { Verb, VerbContext } from './shared/verb';

/**
 * Writes what a stack has recorded as one HTML page, or serves a page that follows it. Needs neither engine nor keys, and
 * changes nothing of the stack, but that the served page can halt it.
 */
export const report: Verb = {
  name: 'report',
  description:
    'Write what the stack has recorded as one HTML page with plots and tables. It needs no network to be read. With --serve, show the stack live, with a button that halts.',
  options: [
    ['--out <file>', 'where the page goes (cutover-report-STACK.html)'],
    ['--serve', 'serve a page that follows the stack, on 127.0.0.1 only, until Ctrl-C'],
    ['--port <n>', `the port of --serve; 0 for any that is free (${defaultPort})`],
  ],
  examples: [
    ['cutover report', 'the record of the stack main as cutover-report-main.html'],
    ['cutover report --out /tmp/main.html --json', 'elsewhere, and what is wrong in it as JSON'],
    ['cutover report --serve', `the stack main live on http://127.0.0.1:${defaultPort}/, with a button that halts`],
    ['cutover report --serve --stack other --port 0', 'another stack beside it, on a port that is free'],
  ],
  async run(context, { out, serve, port }) {
    const isServed = readUse({ out, serve, port });
    await requireKnownStack(context);
    if (isServed) return serveReport(context, readPort(port));
    const file = path.resolve(out === undefined ? `cutover-report-${context.stack}.html` : String(out));
    const operations = createOperations(context);
    context.progress('report: reading and verifying the record');
    const unreached = await fetchRecord(operations);
    const data = gatherReport(
      { ...placesOf(context, operations), incidents: path.join(context.home, 'incidents', context.stack) },
      { now: Date.now(), version, sellCostFraction: feeFraction + halfSpreadFraction, unreached },
    );
    const page = drawPage(data);
    writeWhole(file, page);
    const findings = findingsOf(data);
    const json = { stack: context.stack, file, bytes: Buffer.byteLength(page), findings };
    const text = [
      `Wrote ${file}`,
      ...findings.map(({ severity, text }) => `  ${severity === 'bad' ? '!' : '-'} ${text}`),
    ];
    return { exitCode: exitCodes.done, json, text: text.join('\n') };
  },
};

/** @returns whether the page is served @throws CutoverError `invalid_option` (exit code 2) */
function readUse({ out, serve, port }: Readonly<Record<'out' | 'serve' | 'port', unknown>>): boolean {
  if (serve === true && out !== undefined) throw invalid('--out: expected without --serve, which writes no file');
  if (serve !== true && port !== undefined) throw invalid('--port: expected with --serve only');
  return serve === true;
}

/** @throws CutoverError `invalid_option` (exit code 2) */
function readPort(given: unknown): number {
  const port = given === undefined ? defaultPort : Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && given !== '') return port;
  throw invalid(`--port: expected a port from 1 to 65535, or 0 for any, received ${String(given)}`);
}

const invalid = (message: string) => new CutoverError('invalid_option', message, { exitCode: exitCodes.usage });

/** Brings data and logs here from where the stack runs. @returns what could not be brought, as sentences */
async function fetchRecord(operations: Operations): Promise<string[]> {
  const fetched = await Promise.allSettled(
    workloadNames.flatMap((workload) => [operations.fetchData(workload), operations.fetchLogs(workload, 'wasStopped')]),
  );
  const problems = fetched.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
  return [...new Set(problems)].map((problem) => `What is here may be old: ${problem}`);
}

function placesOf(context: VerbContext, operations: Operations) {
  const { guardianData, evidence } = stackFiles(context);
  const logs: Partial<Record<WorkloadName, readonly string[]>> = {};
  for (const workload of workloadNames) logs[workload] = operations.logsOf(workload);
  return {
    stack: context.stack,
    guardianData,
    evidence,
    gatewayDb: path.join(operations.dataOf('gateway'), 'gateway.db'),
    traderDb: path.join(operations.dataOf('backend'), 'trader.db'),
    logs,
  };
}

/** Writes a file whole or not at all. @throws CutoverError `unwritable` (exit code 2) */
function writeWhole(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(fresh, text, { flag: 'wx' });
    renameSync(fresh, file);
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw new CutoverError(
      'unwritable',
      `--out: expected a file that can be written, received ${file}: ${messageOf(cause)}`,
      {
        exitCode: exitCodes.usage,
        cause,
      },
    );
  }
}
