import { parseArgs } from 'node:util';
import { exitCodes, messageOf } from '../errors';
import { calibrate, naivePeeking } from './calibrate';
import { series } from './series';

const usage = `Simulates canaries whose truth is known, and counts how often the verdict is wrong.

Usage: npm run calibrate -- [options]

  --runs N   simulated canaries per series and arm (default: 2000)
  --seed N   another draw of all of them (default: 1)
  --json     one JSON document on standard output, nothing else there
  --help     this text

Exit code 4 when a series that keeps the bound's assumption is promoted falsely more often than alpha allows.`;

/** @returns the exit code */
function main(args: readonly string[]): number {
  let values: { runs?: string; seed?: string; json?: boolean; help?: boolean };
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    values = parseArgs({ args: [...args], options: { runs: text, seed: text, json: flag, help: flag } }).values;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return exitCodes.usage;
  }
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return exitCodes.done;
  }
  const failures: string[] = [];
  const whole = (name: 'runs' | 'seed', standard: number, least: number, most: number): number => {
    const text = values[name] ?? `${standard}`;
    const number = Number(text);
    if (!(/^\d+$/.test(text) && number >= least && number <= most))
      failures.push(`--${name}: expected a whole number from ${least} to ${most}, received ${JSON.stringify(text)}`);
    return number;
  };
  const runs = whole('runs', 2_000, 1, 1_000_000);
  const seed = whole('seed', 1, 0, 1_000_000);
  if (failures.length > 0) {
    process.stderr.write(`${failures.join('\n')}\n`);
    return exitCodes.usage;
  }
  const percent = (rate: { rate: number; lo99: number; hi99: number }) =>
    `${(rate.rate * 100).toFixed(2)} % (${(rate.lo99 * 100).toFixed(2)} .. ${(rate.hi99 * 100).toFixed(2)})`;
  const results = series.map((each) => {
    const result = calibrate(each, runs, seed);
    process.stderr.write(
      `${result.series}: false promote ${percent(result.falsePromote)}, false reject ${percent(result.falseReject)}, ` +
        `power ${(result.power * 100).toFixed(1)} %, trades ${result.trades?.toFixed(0) ?? 'none'}` +
        `${result.guaranteed ? '' : ' (assumption not kept: no promise)'}\n`,
    );
    return result;
  });
  for (const looks of [5, 50])
    process.stderr.write(`naive 5 % test, ${looks} looks: wrong ${percent(naivePeeking(looks, 10 * runs, seed))}\n`);
  process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : '');
  const broken = results.some((each) => each.guaranteed && each.falsePromote.lo99 > each.alpha);
  return broken ? exitCodes.checkFailed : exitCodes.done;
}

process.exitCode = main(process.argv.slice(2));
