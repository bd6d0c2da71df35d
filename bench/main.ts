import { parseArgs } from 'node:util';
import { benchChangeRecord } from './change-record';
import { benchDecide } from './decide';
import { benchGatewayOrder } from './gateway-order';
import { benchHalt } from './halt';
import type { BenchResult } from './measure';
import { benchPacks } from './packs-10000';
import { benchPreviewOfMany } from './preview-200';
import { benchPreview } from './preview-with-packs';
import { benchReport } from './report';
import { benchRevertDocker, benchRevertKubernetes, benchRevertProcess } from './revert';
import { type BenchStack, openBenchStack } from './stack';
import { benchUp } from './up-without-change';
import { benchVerify } from './verify';

type Progress = (message: string) => void;

/** Those that need the engine and a stack that is up, and those that stand up what they need. */
const onStack = { 'preview-with-packs': benchPreview, 'up-without-change': benchUp } as const;
const alone = {
  verify: benchVerify,
  decide: benchDecide,
  halt: benchHalt,
  'gateway-order': benchGatewayOrder,
  'preview-200': benchPreviewOfMany,
  'packs-10000': benchPacks,
  'change-record': benchChangeRecord,
  report: benchReport,
  'revert-process': benchRevertProcess,
  'revert-docker': benchRevertDocker,
  'revert-kubernetes': benchRevertKubernetes,
} as const;
const names = [...Object.keys(onStack), ...Object.keys(alone)];

const help = `npm run bench -- [NAME ...] [--count N] [--json]

Measures ratios side by side on a stack of its own.
Names: ${names.join(', ')} (default: all). --count: runs of each side (default 7; halt: 50; gateway-order: 7 of 50 orders; revert-*: 5; preview-200: 3; packs-10000: 5; report: 3).

Example: npm run bench -- preview-with-packs --count 11 --json`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { count: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const count = values.count === undefined ? undefined : Number(values.count);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (count !== undefined && (!Number.isInteger(count) || count < 1)) unknown.push(`--count ${values.count}`);
  if (unknown.length > 0) {
    console.error(`bench: expected names of ${names.join(', ')} and a whole --count, received ${unknown.join(', ')}`);
    return 2;
  }
  const progress: Progress = (message) => console.error(message);
  const asked = positionals.length > 0 ? positionals : names;
  let stack: BenchStack | undefined;
  try {
    const results: BenchResult[] = [];
    for (const name of asked) {
      if (name in alone) results.push(...(await alone[name as keyof typeof alone](progress, count)));
      else {
        stack ??= await openBenchStack(progress);
        results.push(await onStack[name as keyof typeof onStack](stack, count ?? 7));
      }
    }
    if (values.json) console.log(JSON.stringify(results, null, 2));
    else for (const result of results) console.log(describe(result));
    return results.every(({ ok }) => ok) ? 0 : 4;
  } finally {
    await stack?.close();
  }
}

function describe({ name, ours, peer, ratio, aim, ok, unit, max }: BenchResult): string {
  const goal = aim === null ? 'no aim set' : `aim ${aim}: ${ok ? 'met' : 'missed'}`;
  const worst = max ? `, at most ${max.ours.toFixed(2)} against ${max.peer.toFixed(2)} ${unit}` : '';
  return `${name}: ${ours.toFixed(2)} ${unit} against ${peer.toFixed(2)} ${unit}${worst}, ratio ${ratio.toFixed(2)} (${goal})`;
}

main().then((exitCode) => {
  process.exitCode = exitCode;
});
