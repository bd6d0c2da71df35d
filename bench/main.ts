import { parseArgs } from 'node:util';
import { benchGatewayOrder } from './gateway-order';
import type { BenchResult } from './measure';
import { benchPreview } from './preview-with-packs';
import { type BenchStack, openBenchStack } from './stack';
import { benchUp } from './up-without-change';

type OpenStack = () => Promise<BenchStack>;

const progress = (message: string) => console.error(message);
const benches = {
  'preview-with-packs': async (stack: OpenStack, count: number) => [await benchPreview(await stack(), count)],
  'up-without-change': async (stack: OpenStack, count: number) => [await benchUp(await stack(), count)],
  'gateway-order': (_: OpenStack, count: number) => benchGatewayOrder(progress, count),
} as const;

const help = `npm run bench -- [NAME ...] [--count N] [--json]

Measures ratios side by side on a system of its own.
Names: ${Object.keys(benches).join(', ')} (default: all). --count: runs of each side (default 7; gateway-order: 50 orders a run).

Example: npm run bench -- preview-with-packs --count 11 --json`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { count: { type: 'string', default: '7' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const count = Number(values.count);
  const unknown = positionals.filter((name) => !(name in benches));
  if (!Number.isInteger(count) || count < 1) unknown.push(`--count ${values.count}`);
  if (unknown.length > 0) {
    console.error(
      `bench: expected names of ${Object.keys(benches).join(', ')} and a whole --count, received ${unknown.join(', ')}`,
    );
    return 2;
  }
  const names = (positionals.length > 0 ? positionals : Object.keys(benches)) as (keyof typeof benches)[];
  let opened: Promise<BenchStack> | undefined;
  const stack = () => {
    opened ??= openBenchStack(progress);
    return opened;
  };
  try {
    const results: BenchResult[] = [];
    for (const name of names) results.push(...(await benches[name](stack, count)));
    if (values.json) console.log(JSON.stringify(results, null, 2));
    else for (const result of results) console.log(describe(result));
    return results.every(({ ok }) => ok) ? 0 : 4;
  } finally {
    await (await opened)?.close();
  }
}

function describe({ name, ours, peer, ratio, aim, ok, unit }: BenchResult): string {
  const goal = aim === null ? 'no aim set' : `aim ${aim}: ${ok ? 'met' : 'missed'}`;
  return `${name}: ${ours.toFixed(2)} ${unit} against ${peer.toFixed(2)} ${unit}, ratio ${ratio.toFixed(2)} (${goal})`;
}

main().then((exitCode) => {
  process.exitCode = exitCode;
});
